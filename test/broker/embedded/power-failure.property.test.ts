import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import { MemoryLogStorage } from '../../../src/broker/embedded/memory-log-storage.ts';
import { batchOf, valuesOf } from '../broker-harness.ts';

const OPTIONS = { flushIntervalMs: 1e6, maintenanceIntervalMs: 0 };
const PARTITIONS = [0, 1, 2];

/** Files in memory whose unsynced ends a power failure may take away, each for itself. */
class PowerlessLogStorage extends MemoryLogStorage {
  readonly synced = new Map<string, number>();
  readonly paths = new Set<string>();

  override write(path: string, position: number, buffers: readonly Buffer[]): void {
    this.paths.add(path);
    super.write(path, position, buffers);
  }

  override async replace(path: string, bytes: Buffer): Promise<void> {
    await super.replace(path, bytes);
    this.synced.set(path, bytes.length);
  }

  override async sync(): Promise<void> {
    for (const path of this.paths) this.synced.set(path, this.size(path) ?? 0);
    await super.sync();
  }

  failPower(keep: () => number): void {
    for (const path of this.paths) {
      const size = this.size(path) ?? 0;
      const safe = Math.min(this.synced.get(path) ?? 0, size);
      this.truncate(path, safe + Math.round((size - safe) * keep()));
    }
  }
}

test('after a power failure transactions are there up to one of them, all that were synced among them, none in part', async () => {
  const transaction = fc.subarray(PARTITIONS, { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(transaction, { minLength: 1, maxLength: 6 }),
      fc.nat(6),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      fc.constantFrom(150, 1_000_000),
      async (transactions, flushedCount, shares, segmentBytes) => {
        const storage = new PowerlessLogStorage();
        const broker = await EmbeddedBroker.openStorage(storage, {
          ...OPTIONS,
          topicDefaults: { 'segment.bytes': segmentBytes },
        });
        await broker.admin.createTopics([{ name: 'orders', partitions: PARTITIONS.length }]);
        const producer = await broker.openTransactionalProducer('id');
        const histories = [await contents(broker)];
        for (const [index, partitions] of transactions.entries()) {
          if (index === flushedCount) await broker.flush();
          await producer.send(partitions.map((partition) => batchOf('orders', partition, [`${index}a`, `${index}b`])));
          await producer.commit();
          histories.push(await contents(broker));
        }
        storage.failPower(() => shares.next().value as number);
        const after = await contents(await EmbeddedBroker.openStorage(storage, OPTIONS));
        const survived = histories.findIndex((history) => JSON.stringify(history) === JSON.stringify(after));
        expect(survived, JSON.stringify(after)).toBeGreaterThanOrEqual(
          flushedCount < transactions.length ? flushedCount : 0,
        );
      },
    ),
    { numRuns: 300 },
  );
});

async function contents(broker: EmbeddedBroker): Promise<unknown> {
  return Promise.all(PARTITIONS.map((partition) => valuesOf(broker, 'orders', partition)));
}
