import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { session, sliding, string, StreamsBuilder, tumbling, unlimited } from '../../../src/index.ts';
import { TopologyTestDriver } from '../../../src/testing/index.ts';

/** Times at which the keys `a`, `b` and `ab` come. */
const CLICKS = [
  ['a', 1],
  ['b', 2],
  ['a', 12],
  ['ab', 13],
  ['b', 25],
  ['a', 3],
] as const;

let driver: TopologyTestDriver;

beforeEach(async () => {
  const builder = new StreamsBuilder({ keySerde: string() });
  const clicks = builder.stream<string, string>('clicks').groupByKey();
  clicks.windowedBy(tumbling({ sizeMs: 10, graceMs: 1000 })).count({ name: 'windows' });
  clicks.windowedBy(unlimited({ startMs: 0 })).count({ name: 'unlimited' });
  clicks.windowedBy(sliding({ timeDifferenceMs: 5, graceMs: 1000 })).count({ name: 'sliding' });
  clicks.windowedBy(session({ gapMs: 5, graceMs: 1000 })).count({ name: 'sessions' });
  builder.table<string, string>('prices', { store: 'prices', versioned: { historyRetentionMs: 100 } });
  driver = new TopologyTestDriver(builder.build('reads'));
  const topic = driver.createInputTopic<string, string>('clicks', { keySerde: string() });
  for (const [key, timestamp] of CLICKS) await topic.pipeInput(key, 'click', { timestamp });
});

afterEach(() => driver.close());

describe('a window store', () => {
  test('has the windows of a key by time, both ways', async () => {
    const store = driver.getWindowStore<string, number>('windows');
    expect(await shown(store.fetch('a', 0, 100))).toEqual(['a@0-10=2', 'a@10-20=1']);
    expect(await shown(store.backwardFetch('a', 0, 100))).toEqual(['a@10-20=1', 'a@0-10=2']);
    expect(await shown(store.fetch('a', 1, 100))).toEqual(['a@10-20=1']);
    expect(await shown(store.fetch('a', -5, 9))).toEqual(['a@0-10=2']);
    expect(await shown(store.fetch('a', 9, 0))).toEqual([]);
  });

  test('has the windows of all keys, and of a range of keys, by time and key', async () => {
    const store = driver.getWindowStore<string, number>('windows');
    const all = ['a@0-10=2', 'b@0-10=1', 'a@10-20=1', 'ab@10-20=1', 'b@20-30=1'];
    expect(await shown(store.all())).toEqual(all);
    expect(await shown(store.backwardAll())).toEqual(all.toReversed());
    expect(await shown(store.fetchAll(10, 19))).toEqual(all.slice(2, 4));
    expect(await shown(store.backwardFetchAll(0, 10))).toEqual(all.slice(0, 4).toReversed());
    expect(await shown(store.fetchKeys({ from: 'ab', to: null }, 0, 100))).toEqual(all.filter((one) => one >= 'ab'));
    expect(await shown(store.backwardFetchKeys({ from: null, to: 'ab' }, 10, 10))).toEqual(['ab@10-20=1', 'a@10-20=1']);
  });

  test('has one window by key and start, with its time', () => {
    const store = driver.getWindowStore<string, number>('windows');
    expect(store.get('a', 0)).toBe(2);
    expect(store.get('a', 5)).toBeNull();
    expect(store.getWithTimestamp('a', 0)).toEqual({ key: { key: 'a', start: 0, end: 10 }, value: 2, timestamp: 3 });
  });

  test('has unlimited windows and sliding ones too', async () => {
    const unlimitedOnes = driver.getWindowStore<string, number>('unlimited');
    expect(await shown(unlimitedOnes.all())).toEqual(['a@0-null=3', 'b@0-null=2', 'ab@0-null=1']);
    expect(await shown(unlimitedOnes.fetchAll(1, 5))).toEqual([]);
    expect(await shown(unlimitedOnes.fetch('b', 0, 0))).toEqual(['b@0-null=2']);
    const slidingOnes = driver.getWindowStore<string, number>('sliding');
    expect(await shown(slidingOnes.fetch('a', 2, 100))).toEqual(['a@2-7=1', 'a@7-12=1']);
  });
});

describe('a session store', () => {
  test('has the sessions of a key by their ends, both ways and within bounds', async () => {
    const store = driver.getSessionStore<string, number>('sessions');
    expect(await shown(store.fetch('a'))).toEqual(['a@1-3=2', 'a@12-12=1']);
    expect(await shown(store.backwardFetch('a'))).toEqual(['a@12-12=1', 'a@1-3=2']);
    expect(await shown(store.findSessions('a', { earliestEnd: 3, latestStart: 11 }))).toEqual(['a@1-3=2']);
    expect(await shown(store.backwardFindSessions('a', { earliestEnd: 4, latestStart: 12 }))).toEqual(['a@12-12=1']);
  });

  test('has the sessions of all keys, and of a range of keys, by their ends', async () => {
    const store = driver.getSessionStore<string, number>('sessions');
    const all = ['b@2-2=1', 'a@1-3=2', 'a@12-12=1', 'ab@13-13=1', 'b@25-25=1'];
    expect(await shown(store.fetchKeys({ from: null, to: null }))).toEqual(all);
    expect(await shown(store.backwardFetchKeys({ from: 'ab', to: null }))).toEqual([
      'b@25-25=1',
      'ab@13-13=1',
      'b@2-2=1',
    ]);
    expect(await shown(store.fetchAll(3, 13))).toEqual(all.slice(1, 4));
    expect(await shown(store.backwardFetchAll(0, 3))).toEqual(['a@1-3=2', 'b@2-2=1']);
  });

  test('has one session by key, start and end', () => {
    const store = driver.getSessionStore<string, number>('sessions');
    expect(store.get('a', 1, 3)).toBe(2);
    expect(store.get('a', 1, 4)).toBeNull();
    expect(store.getWithTimestamp('a', 12, 12)).toEqual({
      key: { key: 'a', start: 12, end: 12 },
      value: 1,
      timestamp: 12,
    });
  });
});

describe('a versioned store', () => {
  test('has the latest rows, rows as of a time, and the history both ways', async () => {
    const topic = driver.createInputTopic<string, string>('prices', { keySerde: string() });
    await topic.pipeInput('a', 'first', { timestamp: 10 });
    await topic.pipeInput('a', null, { timestamp: 20 });
    await topic.pipeInput('a', 'last', { timestamp: 40 });
    await topic.pipeInput('a', 'late', { timestamp: 30 });
    const store = driver.getVersionedKeyValueStore<string, string>('prices');
    expect(store.get('a')).toBe('last');
    expect(await Promise.all([9, 10, 19, 20, 30, 39, 40].map((time) => store.getAsOf('a', time)))).toEqual([
      null,
      { value: 'first', timestamp: 10, validTo: 20 },
      { value: 'first', timestamp: 10, validTo: 20 },
      null,
      { value: 'late', timestamp: 30, validTo: 40 },
      { value: 'late', timestamp: 30, validTo: 40 },
      { value: 'last', timestamp: 40, validTo: null },
    ]);
    const values = async (rows: AsyncIterable<{ value: string }>): Promise<string[]> =>
      (await Array.fromAsync(rows)).map(({ value }) => value);
    expect(await values(store.history('a', 0, 100))).toEqual(['first', 'late', 'last']);
    expect(await values(store.backwardHistory('a', 0, 30))).toEqual(['late', 'first']);
    expect(await values(store.history('a', 20, 29))).toEqual([]);
    expect(await values(store.history('b', 0, 100))).toEqual([]);
  });
});

test('a store is not opened as one of another kind', () => {
  expect(() => driver.getWindowStore('sessions')).toThrow(
    /Expected store "sessions" to be of kind "window", got "session"/,
  );
  expect(() => driver.getSessionStore('prices')).toThrow(expect.objectContaining({ code: 'RUNTIME_STORE_KIND' }));
  expect(() => driver.getVersionedKeyValueStore('windows')).toThrow(/"windows" to be a store of versioned rows/);
  expect(() => driver.getWindowStore('none')).toThrow(expect.objectContaining({ code: 'RUNTIME_UNKNOWN_STORE' }));
});

async function shown(
  windows: AsyncIterable<{ key: { key: string; start: number; end: number | null }; value: number }>,
): Promise<string[]> {
  const all: string[] = [];
  for await (const { key, value } of windows) all.push(`${key.key}@${key.start}-${key.end}=${value}`);
  return all;
}
