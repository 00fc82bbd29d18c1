import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../../src/broker/embedded/embedded-broker.ts';
import type { HttpApi } from '../../../src/cli/host/http-api.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import type { Application } from '../../../src/runtime/application.ts';
import { long } from '../../../src/serde/long-serde.ts';
import type { ServedSource } from '../../../src/server/served-source.ts';
import { applicationOf, drained, produce, temporaryDirectory } from '../../runtime/application-fixtures.ts';
import { ask, openApi, QUERIED_TOPICS, queriedTopology } from './query-fixtures.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: EmbeddedBroker;
let application: Application;
let api: HttpApi;

const UNSAFE = 9_007_199_254_740_993n;

const streaming: ServedSource = {
  status: () => ({ state: 'streaming', lagMs: 0, rowsEmitted: 0, reconnects: 0, tables: [], snapshot: [] }),
  health: () => Promise.resolve({ isReachable: true, lagBytes: 0, hoursUntilPurged: null }),
};

beforeAll(async () => {
  directory = await temporaryDirectory();
  broker = await EmbeddedBroker.inMemory();
  await broker.admin.createTopics(QUERIED_TOPICS.map((name) => ({ name, partitions: 3 })));
  const rows = Array.from({ length: 30 }, (_, index) => ({
    key: `r${index}`,
    value: { by: `g${index % 4}` },
    timestamp: index,
  }));
  await produce(broker, 'rows', rows);
  const at = (timestamp: number, key = 'a') => ({ key, value: 1, timestamp });
  await produce(broker, 'clicks', [at(10), at(20), at(5000), at(60_000), at(60_001), at(70_000, 'b')]);
  const price = (value: number | null, timestamp: number) => ({ key: 'p', value, timestamp });
  await produce(broker, 'prices', [price(10, 100), price(20, 200), price(null, 300), price(40, 400)]);
  const producer = await broker.openProducer();
  const records = [{ key: long().serialize(UNSAFE), value: Buffer.from([0, 255]), timestamp: 7, headers: NO_HEADERS }];
  await producer.send([{ topic: 'ids', partition: 1, records }]);
  await producer.close();
  application = applicationOf({ topology: queriedTopology(), broker, config: { stateDirectory: directory.path } });
  api = await openApi({}, streaming);
});

afterAll(async () => {
  await api.close();
  await application.close();
  await broker.close();
  await directory[Symbol.asyncDispose]();
});

const key = (value: unknown): string => encodeURIComponent(JSON.stringify(value));

describe('before an application runs', () => {
  test('the API is alive, not ready, and says why it cannot answer', async () => {
    expect(await ask(api, '/health')).toMatchObject({ status: 200, body: { status: 'ok', applications: {} } });
    expect(await ask(api, '/ready')).toMatchObject({ status: 503, body: { status: 'starting' } });
    expect(await ask(api, '/stores')).toMatchObject({ status: 404, body: { code: 'QUERY_UNKNOWN_APPLICATION' } });
    api.add({ topology: queriedTopology(), application });
    expect(await ask(api, '/ready')).toMatchObject({ status: 503, body: { applications: { queried: 'CREATED' } } });
    const unavailable = await ask(api, '/stores/rows-store/1');
    expect(unavailable).toMatchObject({ status: 503, body: { code: 'RUNTIME_STATE' } });
    expect(unavailable.headers.get('retry-after')).toBe('1');
    expect(await ask(api, '/status')).toMatchObject({
      status: 200,
      body: { instances: [{ applications: [{ state: 'CREATED', lags: null }] }] },
    });
    await application.start();
    await drained(application);
  });
});

describe('keys', () => {
  test('are JSON, text or base64', async () => {
    const entry = { key: 'r5', value: { by: 'g1' }, timestamp: 5 };
    for (const path of [key('r5'), 'r5?keyEncoding=text', `${btoa('"r5"')}?keyEncoding=base64`]) {
      expect(await ask(api, `/stores/rows-store/${path}`)).toMatchObject({ status: 200, body: entry });
    }
    expect((await ask(api, `/applications/queried/stores/counts/${key('g0')}`)).body.value).toBe(8);
  });

  test('of 64 bits and values of bytes are text in JSON', async () => {
    const entry = { key: String(UNSAFE), value: 'AP8=', timestamp: 7 };
    for (const written of [String(UNSAFE), `"${UNSAFE}"`]) {
      // Its writer has placed it in a partition of its own choice.
      expect((await ask(api, `/stores/ids/${encodeURIComponent(written)}?partition=1`)).body).toEqual(entry);
    }
  });

  test('that are not there or cannot be read are told apart', async () => {
    expect(await ask(api, `/stores/rows-store/${key('none')}`)).toMatchObject({
      status: 404,
      body: { code: 'QUERY_NOT_FOUND' },
    });
    for (const path of [
      'rows-store/r5',
      'ids/true',
      'rows-store/AB%25?keyEncoding=base64',
      'rows-store/5?partition=3',
      'rows-store/5?partition=x',
    ]) {
      expect(await ask(api, `/stores/${path}`), path).toMatchObject({ status: 400, body: { code: 'QUERY_INVALID' } });
    }
    expect(await ask(api, '/stores/none/1')).toMatchObject({ status: 404, body: { code: 'RUNTIME_UNKNOWN_STORE' } });
    expect(await ask(api, '/applications/none/stores')).toMatchObject({
      status: 404,
      body: { code: 'QUERY_UNKNOWN_APPLICATION' },
    });
    expect(await ask(api, `/stores/rows-store/${key('r5')}?unknown=1`)).toMatchObject({ status: 400 });
    expect(await ask(api, '/nothing')).toMatchObject({ status: 404, body: { code: 'QUERY_NOT_FOUND' } });
  });
});

describe('scans', () => {
  const keysOf = async (path: string): Promise<string[]> => (await ask(api, path)).body.map((line: any) => line.key);
  const sorted = Array.from({ length: 30 }, (_, index) => `r${index}`).sort();

  test('come in the order of keys, over all partitions, either way', async () => {
    expect(await keysOf('/stores/rows-store')).toEqual(sorted);
    expect(await keysOf('/stores/rows-store?reverse=true&limit=2')).toEqual(sorted.toReversed().slice(0, 2));
    expect(await keysOf('/stores/rows-store?limit=0')).toEqual([]);
  });

  test('have bounds, both included, or a prefix', async () => {
    expect(await keysOf(`/stores/rows-store?from=${key('r10')}&to=${key('r12')}`)).toEqual(['r10', 'r11', 'r12']);
    expect(await keysOf('/stores/rows-store?from=r28&keyEncoding=text')).toEqual(sorted.slice(sorted.indexOf('r28')));
    expect(await keysOf(`/stores/rows-store?prefix=${encodeURIComponent('"r2')}`)).toEqual(
      sorted.filter((each) => each.startsWith('r2')),
    );
    expect(await keysOf(`/stores/rows-store?prefix=${encodeURIComponent('"r2')}&reverse=true&limit=1`)).toEqual([
      'r29',
    ]);
    expect(await ask(api, '/stores/rows-store?prefix=a&from=1')).toMatchObject({
      status: 400,
      body: { code: 'QUERY_INVALID' },
    });
  });

  test('of one partition are those of all, taken apart', async () => {
    const parts = await Promise.all([0, 1, 2].map((partition) => keysOf(`/stores/rows-store?partition=${partition}`)));
    expect(parts.flat().sort()).toEqual(sorted);
    expect(parts.every((part) => part.length > 0)).toBe(true);
  });
});

describe('windows, sessions and versions', () => {
  const linesOf = async (path: string): Promise<any[]> => (await ask(api, path)).body;

  test('of a key come by time', async () => {
    const first = { key: 'a', start: 0, end: 60_000, value: 3, timestamp: 5000 };
    const second = { key: 'a', start: 60_000, end: 120_000, value: 2, timestamp: 60_001 };
    const path = `/stores/by-minute/${key('a')}/windows`;
    expect(await linesOf(path)).toEqual([first, second]);
    expect(await linesOf(`${path}?from=1`)).toEqual([second]);
    expect(await linesOf(`${path}?to=59999`)).toEqual([first]);
    expect(await linesOf(`${path}?reverse=true&limit=1`)).toEqual([second]);
    const visits = `/stores/visits/${key('a')}/sessions`;
    const starts = async (query: string) => (await linesOf(`${visits}${query}`)).map(({ start, end }) => [start, end]);
    expect(await starts('')).toEqual([
      [10, 20],
      [5000, 5000],
      [60_000, 60_001],
    ]);
    expect(await starts('?from=15&to=5000&reverse=true')).toEqual([
      [5000, 5000],
      [10, 20],
    ]);
  });

  test('of all keys come by time too', async () => {
    const windows = async (query: string) =>
      (await linesOf(`/stores/by-minute?${query}`)).map((line) => [line.start, line.key]);
    expect(await windows('')).toEqual([
      [0, 'a'],
      [60_000, 'a'],
      [60_000, 'b'],
    ]);
    expect(await windows(`timeFrom=60000&from=${key('b')}`)).toEqual([[60_000, 'b']]);
    expect(await windows('reverse=true&limit=1')).toEqual([[60_000, 'b']]);
    expect((await linesOf('/stores/visits?timeTo=4999')).map(({ start }) => start)).toEqual([10]);
    expect((await linesOf('/stores/visits?reverse=true&limit=1')).map(({ key: who }) => who)).toEqual(['b']);
  });

  test('a row is found as it was', async () => {
    const path = `/stores/prices-store/${key('p')}`;
    expect((await ask(api, path)).body).toEqual({ key: 'p', value: 40, timestamp: 400 });
    expect((await ask(api, `${path}?asOf=150`)).body).toEqual({ key: 'p', value: 10, timestamp: 100, validTo: 200 });
    expect((await ask(api, `${path}?asOf=350`)).status).toBe(404);
    const versions = [
      { value: 10, timestamp: 100, validTo: 200 },
      { value: 20, timestamp: 200, validTo: 300 },
      { value: 40, timestamp: 400, validTo: null },
    ];
    expect(await linesOf(`${path}/versions`)).toEqual(versions);
    expect(await linesOf(`${path}/versions?from=200&to=399&reverse=true`)).toEqual([versions[1]]);
    expect((await linesOf('/stores/prices-store')).map(({ value }) => value)).toEqual([40]);
  });

  test('are refused where the store is of another kind', async () => {
    const paths = [
      `rows-store/${key('r1')}/windows`,
      `rows-store/${key('r1')}/sessions`,
      `rows-store/${key('r1')}/versions`,
      `rows-store/${key('r1')}?asOf=1`,
      `by-minute/${key('a')}`,
      `by-minute/${key('a')}/sessions`,
      'by-minute?prefix=a',
    ];
    for (const path of paths) {
      expect(await ask(api, `/stores/${path}`), path).toMatchObject({
        status: 400,
        body: { code: 'RUNTIME_STORE_KIND' },
      });
    }
  });
});

describe('the application', () => {
  test('lists its stores, its graph and where it is', async () => {
    const { stores } = (await ask(api, '/stores')).body;
    expect(stores).toContainEqual({
      name: 'ids',
      kind: 'key-value',
      partitions: 3,
      isGlobal: false,
      partOf: null,
      keySerde: 'long',
      valueSerde: 'buffer',
      isPlacedByKey: true,
    });
    expect(stores.find(({ partOf }: any) => partOf === 'by-minute')).toMatchObject({ isPlacedByKey: false });
    expect((await ask(api, '/topology')).body).toMatch(/^Topologies:\n {3}Sub-topology: 0/);
    expect((await ask(api, '/topology?format=mermaid')).body).toMatch(/^flowchart TD\n/);
    expect(await ask(api, '/topology?format=dot')).toMatchObject({ status: 400 });
    expect((await ask(api, '/metadata')).body).toMatchObject({ application: 'queried', endpoint: null, instances: [] });
    expect((await ask(api, '/applications')).body).toEqual({ applications: [{ name: 'queried', state: 'RUNNING' }] });
  });

  test('tells its tasks, lags and source', async () => {
    const { instances } = (await ask(api, '/status?instances=all')).body;
    const [{ applications, source, endpoint }] = instances;
    expect(instances).toHaveLength(1);
    expect({ source, endpoint }).toEqual({ source: streaming.status(), endpoint: api.endpoint });
    expect(applications[0]).toMatchObject({ name: 'queried', state: 'RUNNING', paused: false });
    expect(applications[0].lags).toContainEqual({
      topic: 'clicks',
      partition: 0,
      offset: expect.any(Number),
      endOffset: expect.any(Number),
      lag: 0,
    });
    expect(applications[0].threads[0].active[0]).toMatchObject({ phase: 'running' });
    expect((await ask(api, '/applications/queried/status')).body.instances[0].applications).toHaveLength(1);
    expect(await ask(api, '/ready')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

test('every request in docs/queries.md is answered', async () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/queries.md'), 'utf8');
  await produce(broker, 'rows', [{ key: 'de', value: { by: 'DE' }, timestamp: 1 }]);
  await drained(application);
  const requests = [...docs.matchAll(/^curl (?:-H '([\w-]+): ([^']+)' )?'http:\/\/127\.0\.0\.1:8080([^']+)'$/gm)];
  expect(requests.length).toBeGreaterThan(10);
  for (const [line, header, value, path] of requests) {
    const headers = header === undefined ? {} : { [header]: value as string };
    expect((await ask(api, path as string, headers)).status, line).toBe(200);
  }
});

test('a reader that stops in the middle does not keep the server from closing', async () => {
  const large = Array.from({ length: 4000 }, (_, index) => ({
    key: `large${index}`,
    value: { by: 'x'.repeat(5000) },
    timestamp: 1,
  }));
  await produce(broker, 'rows', large);
  await drained(application);
  const other = await openApi();
  other.add({ topology: queriedTopology(), application });
  const response = await fetch(`${other.url}/stores/rows-store`);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  expect((await reader.read()).done).toBe(false);

  await other.close();

  const readOn = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  await expect(readOn()).rejects.toThrow();
});
