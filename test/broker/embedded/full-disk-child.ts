import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { MillraceError } from '../../../src/core/millrace-error.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';

// Produces until the system refuses to let the segment grow (its parent has limited the size of files), and says what it has
// been acknowledged, what it was told, and whether all of that can be read.

const broker = await EmbeddedBroker.open({ directory: process.argv[2] as string, flushIntervalMs: 1e6 });
await broker.admin.createTopics([{ name: 'numbers', partitions: 1 }]);
const producer = await broker.openTransactionalProducer('numbers');
let acknowledged = 0;
let refusal: unknown;
while (refusal === undefined) {
  const value = Buffer.alloc(700, String(acknowledged));
  await producer.send([
    { topic: 'numbers', partition: 0, records: [{ key: null, value, timestamp: 0, headers: NO_HEADERS }] },
  ]);
  try {
    await producer.commit();
    acknowledged += 1;
  } catch (error) {
    refusal = error;
  }
}
const consumer = await broker.openConsumer();
consumer.assign([{ topic: 'numbers', partition: 0, offset: 0 }]);
let readable = 0;
while (readable < acknowledged) {
  const { batches } = await consumer.poll({ maxWaitMs: 0, maxBytes: 1_000_000 });
  for (const batch of batches) readable += batch.records.length;
}
const { code, message, remedy } = refusal as MillraceError;
process.stdout.write(JSON.stringify({ acknowledged, readable, code, message, remedy }));
process.kill(process.pid, 'SIGKILL');
