import { extname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { ThreadHost, WorkerConnection } from '../../runtime/workers/thread-host.ts';
import type { FromWorker, ToWorker } from '../../runtime/workers/worker-messages.ts';
import type { Topology } from '../../topology/topology.ts';
import { usesKafka } from '../host/open-broker.ts';
import type { WorkerPlan } from './worker-plan.ts';

/** What workers are started from. */
export interface ThreadHostOptions extends Omit<WorkerPlan, 'index' | 'topology' | 'files' | 'kafka'> {
  readonly topology: Topology;
  /** The files of which one exports the topology. */
  readonly topologyFiles?: readonly string[];
  readonly kafka?: KafkaOptionInput;
}

/** The program of a worker: as it lies beside this file, in source form or built. */
const PROGRAM = new URL(`../worker-main${extname(import.meta.url)}`, import.meta.url);

/**
 * Where threads beyond the first run: in worker threads, if the topology can be loaded there and the broker reached from
 * there. The embedded broker is an object of this event loop, which others cannot use: there all threads run in this one.
 */
export function threadHost(options: ThreadHostOptions): { readonly threadHost?: ThreadHost } {
  const { topology, topologyFiles = [], kafka = {} } = options;
  const { config, storeBackend, dataDirectory, levelDb, schemaRegistry, apiToken } = options;
  if ((config.threads ?? 1) === 1 || topologyFiles.length === 0 || !usesKafka({ kafka })) return {};
  const files = topologyFiles.map((file) => resolve(file));
  const plan = { config, storeBackend, dataDirectory, levelDb, kafka, schemaRegistry, apiToken };
  return { threadHost: { open: (index) => startWorker({ ...plan, index, files, topology: topology.name }) } };
}

function startWorker(plan: WorkerPlan): WorkerConnection {
  const worker = new Worker(PROGRAM, { workerData: plan, name: `${plan.topology}-${plan.index}` });
  const { promise: gone, resolve: isGone } = Promise.withResolvers<MillraceError | null>();
  let failure: MillraceError | null = null;
  worker.once('error', (error) => (failure = crashed(plan, error)));
  worker.once('exit', (code) => isGone(failure ?? (code === 0 ? null : crashed(plan, `exit code ${code}`))));
  return {
    gone,
    post: (message: ToWorker) => worker.postMessage(message),
    onMessage: (listener) => worker.on('message', (message: FromWorker) => listener(message)),
    terminate: () => void worker.terminate(),
  };
}

function crashed({ topology, index }: WorkerPlan, cause: unknown): MillraceError {
  const what = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  const message = `Expected worker thread ${index} of "${topology}" to run until it was stopped, got ${what}`;
  return new MillraceError('RUNTIME_WORKER_ENDED', message, { cause, context: { thread: index } });
}
