import module from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { WorkerPlan } from './workers/worker-plan.ts';
import { cacheDirectory } from './host/cache-directory.ts';

// The program of a worker thread, which `worker-threads.ts` starts: it runs one stream thread of a topology.

module.enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? join(cacheDirectory(), 'compile-cache'));
const { openWorker } = await import('./workers/open-worker.ts');
const { serveWorker } = await import('../runtime/workers/serve-worker.ts');

const port = parentPort;
const plan = workerData as WorkerPlan;
if (port !== null) {
  await serveWorker(
    plan.index,
    { post: (message) => port.postMessage(message), onMessage: (listener) => port.on('message', listener) },
    (logger) => openWorker(plan, logger),
  );
  // What a topology has left running must not keep the process.
  port.close();
  process.exit(0);
}
