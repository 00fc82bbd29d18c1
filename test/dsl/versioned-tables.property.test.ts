import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { string, StreamsBuilder } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { anyUpdates, runProgram, type Update } from './run-program.ts';

/** Updates whose times go on, by and large, so that history expires. */
function anyDrifting(topics: { readonly [topic: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<Update[]> {
  return anyUpdates(topics, 90).map((updates) =>
    updates.map((update, index) => ({ ...update, timestamp: index + (update.timestamp % 20) })),
  );
}

const anyClicks = fc.oneof(
  anyUpdates({ clicks: fc.nat(3), users: fc.nat(100) }),
  anyDrifting({ clicks: fc.nat(3), users: fc.nat(100) }),
);
const anyRetention = fc.oneof(fc.nat(8), fc.nat(35));
const join = (click: number, user: number | null): unknown => [click, user];

/** All versions that were ever accepted. */
class NaiveHistory {
  readonly #versions = new Map<string, Map<number, number | null>>();
  readonly #retentionMs: number;
  #newestMs = -1;

  constructor(retentionMs: number) {
    this.#retentionMs = retentionMs;
  }

  put({ key, value, timestamp }: Update): 'latest' | 'earlier' | 'refused' {
    if (timestamp < this.#newestMs - this.#retentionMs) return 'refused';
    this.#newestMs = Math.max(this.#newestMs, timestamp);
    const versions = this.#versions.get(key as string) ?? new Map<number, number | null>();
    this.#versions.set(key as string, versions.set(timestamp, value as number | null));
    return timestamp < Math.max(...versions.keys()) ? 'earlier' : 'latest';
  }

  latest(key: string): number | null {
    const versions = this.#versions.get(key);
    return versions === undefined ? null : (versions.get(Math.max(...versions.keys())) ?? null);
  }

  at(key: string, time: number): number | null {
    const versions = this.#versions.get(key) ?? new Map<number, number | null>();
    const beyond = time < this.#newestMs - this.#retentionMs;
    const known = beyond ? [Math.max(...versions.keys())] : [...versions.keys()];
    return versions.get(Math.max(...known.filter((from) => from <= time))) ?? null;
  }
}

describe('a stream joined with a versioned table', () => {
  test.each([
    { how: 'the table itself', map: false },
    { how: 'a table mapped from it', map: true },
  ])('sees each row as it was at the time of the record: $how', async ({ map }) => {
    await fc.assert(
      fc.asyncProperty(anyClicks, anyRetention, async (updates, historyRetentionMs) => {
        const records = await runProgram((builder) => {
          const users = builder.table<string, number>('users', { versioned: { historyRetentionMs } });
          const table = map ? users.filter((value) => value % 3 > 0).mapValues((value) => value) : users;
          builder.stream<string, number>('clicks').leftJoin(table, { join }).to('out');
        }, updates);

        const history = new NaiveHistory(historyRetentionMs);
        const expected = updates.flatMap((update) => {
          const { topic, key, value, timestamp } = update;
          if (topic === 'users') history.put(update);
          if (topic === 'users' || value === null) return [];
          const row = history.at(key as string, timestamp);
          return [{ key, value: [value, map && row !== null && row % 3 === 0 ? null : row], timestamp }];
        });
        expect(records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(expected);
      }),
    );
  });

  test('waits for rows that come late, by time, key and arrival', async () => {
    await fc.assert(
      fc.asyncProperty(anyClicks, fc.nat(15), async (updates, graceMs) => {
        const historyRetentionMs = 100;
        const records = await runProgram((builder) => {
          const users = builder.table<string, number>('users', { versioned: { historyRetentionMs } });
          const clicks = builder.stream<string, number>('clicks');
          clicks.leftJoin(users, { join, name: 'later', graceMs }).to('out');
        }, updates);

        const history = new NaiveHistory(historyRetentionMs);
        let newestMs = -1;
        let waiting: Update[] = [];
        const expected = updates.flatMap((update) => {
          if (update.topic === 'users') history.put(update);
          if (update.topic === 'users' || update.value === null) return [];
          let due = [update];
          if (update.timestamp >= newestMs - graceMs) {
            newestMs = Math.max(newestMs, update.timestamp);
            waiting = [...waiting, update].toSorted((a, b) => a.timestamp - b.timestamp || compareKeys(a, b));
            due = waiting.filter(({ timestamp }) => timestamp <= newestMs - graceMs);
            waiting = waiting.slice(due.length);
          }
          return due.map(({ key, value, timestamp }) => {
            return { key, value: [value, history.at(key as string, timestamp)], timestamp };
          });
        });
        expect(records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(expected);
      }),
    );
  });

  test('cannot wait for a table that knows no history', async () => {
    const program = runProgram((builder) => {
      const users = builder.table<string, number>('users');
      builder.stream<string, number>('clicks').join(users, { join, name: 'later', graceMs: 1 }).to('out');
    }, []);
    await expect(program).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID' });
  });
});

describe('a versioned table', () => {
  test('refuses what is older than its history, and aggregations leave out what is of the past', async () => {
    await fc.assert(
      fc.asyncProperty(anyDrifting({ users: fc.nat(5) }), anyRetention, async (updates, historyRetentionMs) => {
        const forwarded = await runProgram((builder) => {
          builder.table('users', { versioned: { historyRetentionMs } }).toStream().to('out');
        }, updates);
        const sums = await runProgram((builder) => {
          builder
            .table<string, number>('users', { versioned: { historyRetentionMs } })
            .groupBy((value) => ['all', value])
            .reduce({ adder: (a, b) => a + b, subtractor: (a, b) => a - b, name: 'sum' })
            .toStream()
            .to('out');
        }, updates);

        const history = new NaiveHistory(historyRetentionMs);
        const accepted = updates.filter((update) => history.put(update) !== 'refused');
        expect(forwarded.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(
          accepted.map(({ key, value, timestamp }) => ({ key, value, timestamp })),
        );
        const rows = ['a', 'b', 'é', ''].map((key) => history.latest(key) ?? 0);
        expect(sums.at(-1)?.value ?? 0).toBe(rows.reduce((sum, value) => sum + value, 0));
      }),
    );
  });

  test('forgets its history', async () => {
    const builder = new StreamsBuilder({ keySerde: string() });
    builder.table<string, number>('users', { store: 'users', versioned: { historyRetentionMs: 20 } });
    const driver = new TopologyTestDriver(builder.build('forgetful'));
    const users = driver.createInputTopic<string, number>('users', { keySerde: string() });
    for (let timestamp = 0; timestamp < 1000; timestamp++) {
      await users.pipeInput(`k${timestamp % 3}`, timestamp % 5 === 0 ? null : timestamp, { timestamp });
    }

    // Of each version its value and when it goes; what is within one retention and a half.
    const history = driver.getKeyValueStore<Buffer, unknown>('users-history');
    expect(await history.approximateNumEntries()).toBeLessThan(2 * 30 + 10);
    await driver.close();
  });

  test('refuses options that do not go together', async () => {
    const refused = [
      { versioned: { historyRetentionMs: 5 }, lru: { maxEntries: 5 } },
      { lru: { maxEntries: 0 } },
      { lru: { maxEntries: 1 }, storage: 'persistent' },
      { versioned: { historyRetentionMs: -1 } },
    ] as const;
    for (const options of refused) {
      const program = runProgram((builder) => builder.table('users', options).toStream().to('out'), []);
      await expect(program).rejects.toMatchObject({ code: 'TOPOLOGY_INVALID' });
    }
  });
});

function compareKeys(a: Update, b: Update): number {
  return Buffer.compare(Buffer.from(a.key as string), Buffer.from(b.key as string));
}
