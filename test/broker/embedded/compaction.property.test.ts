import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EmbeddedBroker, type EmbeddedBrokerOptions } from '../../../src/broker/embedded/embedded-broker.ts';
import type { ConsumedRecord } from '../../../src/broker/port.ts';
import { createTopic, readAll, record } from '../broker-harness.ts';
import { diskHarness, memoryHarness } from './embedded-harness.ts';
import { FaultyLogStorage } from './faulty-log-storage.ts';

const DELETE_RETENTION_MS = 100;
const CONFIG = {
  'cleanup.policy': 'compact',
  'segment.bytes': 300,
  'min.cleanable.dirty.ratio': 0,
  'delete.retention.ms': DELETE_RETENTION_MS,
  'segment.ms': 60,
} as const;

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        type: fc.constant('send' as const),
        records: fc.array(fc.tuple(fc.nat(7), fc.option(fc.nat(999), { freq: 3 })), { minLength: 1, maxLength: 6 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('maintain' as const, 'reopen' as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('crash' as const), changes: fc.nat(12) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.nat(150) }) },
  ),
  { maxLength: 40 },
);

/** A broker over files in memory, which a process that is killed while it compacts leaves to the next one. */
async function crashHarness(options: EmbeddedBrokerOptions) {
  const open = () =>
    EmbeddedBroker.openStorage(storage, { maintenanceIntervalMs: 0, flushIntervalMs: 1e6, ...options });
  let storage = new FaultyLogStorage();
  let broker = await open();
  return {
    get broker() {
      return broker;
    },
    reopen: async () => {
      await broker.close();
      broker = await open();
    },
    crashInMaintenance: async (changes: number) => {
      storage.changesToLive = changes;
      await broker.maintain().catch(() => undefined);
      storage.changesToLive = 0;
      storage = storage.restart();
      broker = await open();
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
}

/** The same on the disk, without crashes. */
async function fileHarness(options: EmbeddedBrokerOptions) {
  const harness = await diskHarness(options);
  return {
    get broker() {
      return harness.broker;
    },
    reopen: harness.reopen,
    crashInMaintenance: () => harness.broker.maintain(),
    [Symbol.asyncDispose]: () => harness[Symbol.asyncDispose](),
  };
}

test.each([
  ['in memory', crashHarness, 400],
  ['on disk', fileHarness, 40],
])(
  'a compacted log %s has the last record of each key and none that was not sent',
  async (_name, createHarness, numRuns) => {
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
        await using harness = await createHarness({ clock });
        const topic = await createTopic(harness.broker, 1, CONFIG);
        const sent: { key: string; value: string | null; offset: number; tombstoneUntilMs: number }[] = [];
        for (const step of script) {
          if (step.type === 'send') {
            const records = step.records.map(([key, value]) =>
              record(`k${key}`, value === null ? null : `v${value}`, clock.nowMs),
            );
            await (await harness.broker.openProducer()).send([{ topic, partition: 0, records }]);
            for (const [key, value] of step.records) {
              const tombstoneUntilMs = clock.nowMs + DELETE_RETENTION_MS;
              sent.push({
                key: `k${key}`,
                value: value === null ? null : `v${value}`,
                offset: sent.length,
                tombstoneUntilMs,
              });
            }
          } else if (step.type === 'maintain') await harness.broker.maintain();
          else if (step.type === 'reopen') await harness.reopen();
          else if (step.type === 'crash') await harness.crashInMaintenance(step.changes);
          else if (step.type === 'pass') clock.nowMs += step.ms;
          const found = await read(harness.broker, topic, sent.length);
          const latest = new Map(sent.map((one) => [one.key, one]));
          for (const { key, value, offset } of found)
            expect(sent[offset]).toMatchObject({ key: String(key), value: value?.toString() ?? null });
          const offsets = new Set(found.map(({ offset }) => offset));
          for (const { value, offset, tombstoneUntilMs } of latest.values()) {
            if (value !== null || clock.nowMs < tombstoneUntilMs) expect(offsets).toContain(offset);
          }
          // A tombstone may go only when nothing is left of what it deletes.
          for (const { key, offset } of found) {
            const last = latest.get(String(key));
            if (last !== undefined && last.offset !== offset)
              expect(found.some((one) => one.offset > offset && String(one.key) === String(key))).toBe(true);
          }
        }
      }),
      { numRuns },
    );
  },
);

test('after everything is closed and compacted twice, only the last value of each live key and the open segment remain', async () => {
  const clock = { nowMs: 1_700_000_000_000, now: () => clock.nowMs };
  await using harness = await memoryHarness({ clock });
  const topic = await createTopic(harness.broker, 1, { ...CONFIG, 'segment.ms': 10 });
  const producer = await harness.broker.openProducer();
  for (let index = 0; index < 100; index++) {
    const value = index % 10 === 9 ? null : `v${index}`;
    await producer.send([{ topic, partition: 0, records: [record(`k${index % 10}`, value, clock.nowMs)] }]);
  }
  clock.nowMs += 20;
  await harness.broker.maintain();
  const once = await read(harness.broker, topic, 100);
  expect(once.map(({ offset }) => offset)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  clock.nowMs += DELETE_RETENTION_MS;
  await harness.broker.maintain();
  const twice = await read(harness.broker, topic, 100);
  expect(twice.map(({ offset }) => offset)).toEqual([90, 91, 92, 93, 94, 95, 96, 97, 98]);
  expect(await producer.send([{ topic, partition: 0, records: [record('k0', 'after')] }])).toEqual([101]);
});

async function read(broker: EmbeddedBroker, topic: string, end: number): Promise<readonly ConsumedRecord[]> {
  const { records, positions } = await readAll(broker, [{ topic, partition: 0, offset: 0 }]);
  expect(positions.get(`${topic}-0`)).toBe(end);
  return records.get(`${topic}-0`) ?? [];
}
