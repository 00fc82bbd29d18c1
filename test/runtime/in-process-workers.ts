import { MessageChannel } from 'node:worker_threads';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { serveWorker } from '../../src/runtime/workers/serve-worker.ts';
import type { ThreadHost, WorkerConnection } from '../../src/runtime/workers/thread-host.ts';
import type { FromWorker, ToWorker } from '../../src/runtime/workers/worker-messages.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import type { applicationOf } from './application-fixtures.ts';
import { BreakableBroker } from './breakable-broker.ts';

type Given = Parameters<typeof applicationOf>[0];

/**
 * Workers in the event loop of the test, so that they can use the embedded broker in memory and what a test holds. All that
 * is said between them and the pool is cloned, as between threads.
 */
export class InProcessWorkers implements ThreadHost {
  /** How many were started. */
  started = 0;
  readonly #given: Pick<Given, 'topology' | 'broker' | 'config'>;
  readonly #crashes: (() => Promise<void>)[] = [];

  /** They run this. */
  constructor(given: Pick<Given, 'topology' | 'broker' | 'config'>) {
    this.#given = given;
  }

  open(index: number): WorkerConnection {
    this.started++;
    const { port1: own, port2: port } = new MessageChannel();
    const gone = Promise.withResolvers<MillraceError | null>();
    const broker = new BreakableBroker(this.#given.broker);
    let failure: MillraceError | null = null;
    // What was said before is heard before.
    own.once('close', () => gone.resolve(failure));
    this.#crashes.push(async () => {
      failure = new MillraceError('RUNTIME_WORKER_ENDED', 'Expected the worker to run, got its end');
      await broker.freeze();
      port.close();
    });
    const { topology, config } = this.#given;
    void serveWorker(
      index,
      {
        post: (message) => port.postMessage(message),
        onMessage: (listener) => void port.on('message', (message: ToWorker) => listener(message)),
      },
      async () => ({
        options: {
          ...{ topology, broker, storeBackend: levelDbBackend(), memoryBackend: memoryBackend() },
          config: { processingGuarantee: 'exactly_once', partitions: 1, ...config },
        },
        close: async () => undefined,
      }),
    ).then(() => port.close());
    return {
      gone: gone.promise,
      post: (message) => own.postMessage(message),
      onMessage: (listener) => void own.on('message', (message: FromWorker) => listener(message)),
      terminate: () => port.close(),
    };
  }

  /** Ends the worker that was started last without a word, as a thread that is out of memory. */
  async crash(): Promise<void> {
    await this.#crashes.at(-1)?.();
  }
}
