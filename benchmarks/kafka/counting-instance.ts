import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { KafkaBroker } from '../../src/broker/kafka/kafka-broker.ts';
import { Application } from '../../src/runtime/application.ts';
import { levelDbBackend } from '../../src/store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../../src/store/memory/memory-backend.ts';
import { threadHost } from '../../src/cli/workers/worker-threads.ts';
import type { CountingMessage, CountingOptions } from './counting-messages.ts';
import topology from './topologies/counting.ts';

// One instance of the count topology on Kafka, in a process of its own (`counting-instance.ts JSON`). It says when it runs and
// when it has processed its first record, and waits for a message before it processes where it is asked to.

const options = JSON.parse(process.argv[2] ?? '') as CountingOptions;
const [host = '', port] = options.bootstrap.split(':');
const broker = await KafkaBroker.connect({ brokers: [{ host, port: Number(port) }], clientId: 'benchmark' });
let restored = 0;
const config = {
  stateDirectory: options.stateDirectory,
  processingGuarantee: options.guarantee,
  threads: options.threads,
  instanceId: options.instanceId,
  partitions: options.partitions,
  sessionTimeoutMs: 6000,
  heartbeatIntervalMs: 1000,
};
const workers = threadHost({
  ...{ topology, config, storeBackend: 'leveldb', dataDirectory: options.stateDirectory, levelDb: {} },
  ...{ kafka: { kafka: options.bootstrap }, schemaRegistry: null, apiToken: null },
  topologyFiles: [fileURLToPath(new URL('topologies/counting.ts', import.meta.url))],
});
const application = new Application({
  ...{ topology, broker, config, ...workers },
  storeBackend: levelDbBackend(),
  memoryBackend: memoryBackend(),
  stateListener: { onRestoreEnd: (progress) => void (restored += progress.restored) },
});
if (options.paused) application.pause();
await application.start();
tell('running');
if (options.paused) {
  await once(process, 'message');
  application.resume();
}
const look = setInterval(() => {
  if (application.metrics().recordsProcessed === 0) return;
  clearInterval(look);
  tell('processing');
}, 5);
process.once('SIGTERM', () => {
  clearInterval(look);
  void application.close().then(() => broker.close());
  process.disconnect();
});
await application.finished;

function tell(kind: CountingMessage['kind']): void {
  const tasks = application.status().threads.reduce((sum, { active }) => sum + active.length, 0);
  process.send?.({ kind, tasks, restored, uptimeMs: process.uptime() * 1000 } satisfies CountingMessage);
}
