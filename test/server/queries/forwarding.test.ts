import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { partitionForKey } from '../../../src/core/murmur2.ts';
import { produce } from '../../runtime/application-fixtures.ts';
import { until } from '../../runtime/instances.ts';
import { ask, queriedTopology, sharedTopology } from './query-fixtures.ts';
import { PARTITIONS, TwoInstances } from './two-instances.ts';

const keys = Array.from({ length: 40 }, (_, index) => `r${index}`);
const both = [0, 1];
const key = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

describe('two instances', () => {
  let two: TwoInstances;

  beforeAll(async () => {
    two = await TwoInstances.start(sharedTopology, keys);
  });

  afterAll(() => two[Symbol.asyncDispose]());

  test('know of each other', async () => {
    const endpoints = two.apis.map(({ endpoint }) => endpoint);
    for (const index of both) {
      const { body } = await two.ask(index, '/metadata');
      expect(body.instances.map(({ endpoint }: any) => endpoint).sort()).toEqual(endpoints.toSorted());
      expect(body.instances.filter(({ isThis }: any) => isThis)).toMatchObject([{ endpoint: endpoints[index] }]);
      const { partitions } = body.stores.find(({ name }: any) => name === 'totals');
      expect(new Set(partitions.map(({ active }: any) => active))).toEqual(new Set(endpoints));
      expect(partitions.every(({ active, standby }: any) => standby.length === 1 && standby[0] !== active)).toBe(true);
    }
    const { body } = await two.ask(1, '/status?instances=all');
    expect(body.instances.map(({ endpoint, error }: any) => [endpoint, error])).toEqual([
      [endpoints[1], null],
      [endpoints[0], null],
    ]);
  });

  test('answer each for all keys, and merge scans in one order', async () => {
    for (const index of both) {
      for (const [timestamp, each] of keys.entries()) {
        const { body } = await two.ask(index, `/stores/totals/${key(each)}`);
        expect(body).toEqual({ key: each, value: 1, timestamp });
      }
      expect((await two.ask(index, `/stores/totals/${key('none')}`)).status).toBe(404);
      const scanned = async (path: string): Promise<string[]> =>
        (await two.ask(index, path)).body.map((line: any) => line.key);
      expect(await scanned('/applications/shared/stores/totals')).toEqual(keys.toSorted());
      expect(await scanned('/stores/totals?reverse=true&limit=7')).toEqual(keys.toSorted().toReversed().slice(0, 7));
      expect(await scanned('/stores/by-minute')).toEqual(keys.toSorted());
      expect(await scanned('/stores/visits?limit=3')).toEqual(['r0', 'r1', 'r2']);
      expect((await two.ask(index, `/stores/visits/${key('r7')}/sessions`)).body).toHaveLength(1);
    }
  });

  test('never forward what was forwarded', async () => {
    for (const index of both) {
      const forwarded = { 'millrace-forwarded': '1', 'millrace-partitions': '0,1,2,3' };
      const answer = await two.ask(index, '/stores/totals', forwarded);
      expect(answer).toMatchObject({ status: 503, body: { code: 'QUERY_UNAVAILABLE' } });
    }
  });

  test('ask for the token, but for whether they are well', async () => {
    const [api] = two.apis as [(typeof two.apis)[0]];
    for (const path of ['/stores', '/metadata', '/status', '/applications', `/stores/totals/${key('r1')}`]) {
      expect(await ask(api, path), path).toMatchObject({ status: 401, body: { error_code: 401 } });
    }
    expect((await ask(api, '/health')).status).toBe(200);
    expect((await ask(api, '/ready')).status).toBe(200);
  });

  test('answer right or not at all while tasks move to a third', async () => {
    const seen = { right: 0, unavailable: 0, wrong: [] as unknown[] };
    const askAll = async (): Promise<void> => {
      for (const [index, each] of keys.entries()) {
        const { status, body } = await two.ask(index % 2, `/stores/totals/${key(each)}`);
        if (status === 200 && body.value === 1) seen.right++;
        else if (status === 503) seen.unavailable++;
        else seen.wrong.push({ status, body });
      }
      const { status, body } = await two.ask(0, '/stores/totals');
      if (status !== 503 && body.length !== keys.length) seen.wrong.push({ status, body });
    };
    const moving = { isOver: false };
    const added = two.add().finally(() => {
      moving.isOver = true;
    });
    while (!moving.isOver) await askAll();
    await added;
    await until(async () => (await two.ask(2, '/stores/totals')).status === 200);
    await askAll();

    expect(seen.wrong).toEqual([]);
    expect(seen.right).toBeGreaterThan(keys.length);
    await two.close(2);
    await two.settled();
    await until(async () => (await two.ask(0, '/stores/totals')).status === 200);
  });

  test('say when one is gone; copies answer for it, and then the other one does', async () => {
    const statusesOf = async (query: string): Promise<Set<number>> => {
      const answers = await Promise.all(keys.map((each) => two.ask(0, `/stores/totals/${key(each)}${query}`)));
      return new Set(answers.map(({ status }) => status));
    };
    await two.apis[1]?.close();

    expect(await statusesOf('')).toEqual(new Set([200, 503]));
    const scan = await two.ask(0, '/stores/totals');
    expect(scan).toMatchObject({ status: 503, body: { code: 'QUERY_UNAVAILABLE' } });
    expect(scan.headers.get('retry-after')).toBe('1');
    expect(await statusesOf('?stale=true')).toEqual(new Set([200]));
    expect((await two.ask(0, '/stores/totals?stale=true')).body).toHaveLength(keys.length);
    const { body } = await two.ask(0, '/status?instances=all');
    expect(body.instances[1]).toMatchObject({ error: expect.stringContaining('ECONNREFUSED') });

    await two.close(1);
    await until(async () => (await two.ask(0, '/stores/totals')).status === 200);
    expect(await statusesOf('')).toEqual(new Set([200]));
  });
});

describe('a position', () => {
  let two: TwoInstances;

  beforeAll(async () => {
    two = await TwoInstances.start(queriedTopology, keys);
  });

  afterAll(() => two[Symbol.asyncDispose]());

  test('has the answer show what was written, through repartition topics too', async () => {
    const partition = partitionForKey(Buffer.from('"new"'), PARTITIONS);
    for (let round = 1; round <= 5; round++) {
      const [end] = await two.broker.admin.listOffsets([{ topic: 'rows', partition }], 'latest');
      await produce(two.broker, 'rows', [{ key: 'new', value: { by: `round${round}` }, timestamp: 100 + round }]);
      const written = { 'millrace-position': `rows-${partition}=${(end?.offset ?? 0) + 1}` };
      const valueOf = async (path: string): Promise<unknown> => (await two.ask(round % 2, path, written)).body.value;
      expect(await valueOf(`/stores/counts/${key(`round${round}`)}?stale=true`)).toBe(1);
      expect(await valueOf(`/stores/counts/${key(`round${round}`)}`)).toBe(1);
      expect(await valueOf(`/stores/rows-store/${key('new')}`)).toEqual({ by: `round${round}` });
    }
  });

  test('that is not reached, is in no topic of the store, or cannot be read is an error', async () => {
    const askWith = (position: string) =>
      two.ask(0, '/stores/rows-store', { 'millrace-position': position, 'millrace-position-timeout-ms': '20' });
    expect(await askWith('rows-0=1000000')).toMatchObject({ status: 503, body: { code: 'QUERY_POSITION_TIMEOUT' } });
    expect(await askWith('clicks-0=1')).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
    expect(await askWith('rows')).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
  });
});
