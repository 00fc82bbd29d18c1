import { isDeepStrictEqual } from 'node:util';
import type { Connection } from 'mysql2/promise';
import type { Broker } from '../../src/broker/port.ts';
import { readTable, readTopic } from '../../test/support/topics.ts';
import { rowsOfView, type Row, shopViews } from '../demo/shop-views.ts';

/** What came out, against what had to. */
export interface VerifyOptions {
  readonly broker: Broker;
  readonly connection: Connection;
  readonly guarantee: 'exactly_once' | 'at_least_once';
}

const ENRICHED = 'shop.enriched-orders';
const REVENUE = 'shop.revenue-by-country';
const EXAMPLES = 3;

/**
 * Every defect of the outputs, at rest; none is as it must be. Under `exactly_once` all is exact. Under `at_least_once`
 * nothing is missing: a change may be there or be counted twice, so sums over changes may differ.
 */
export async function verifyOutputs({ broker, connection, guarantee }: VerifyOptions): Promise<readonly string[]> {
  const exact = guarantee === 'exactly_once';
  const defects = [...(await verifyChanges(broker, exact))];
  for (const view of shopViews.filter(({ topic }) => topic === ENRICHED || topic === REVENUE)) {
    const expected = await rowsOfView(connection, view);
    const actual = await readTable<Row>(broker, view.topic);
    const onlyKeys = !exact && view.topic === REVENUE;
    defects.push(...differences(view.topic, { expected, actual, onlyKeys }));
  }
  return defects;
}

/** The log of changes and the counts of them, against the records that were captured. */
async function verifyChanges(broker: Broker, exact: boolean): Promise<readonly string[]> {
  const captured = new Map<string, number>();
  const counts = new Map<string, number>();
  for (const { headers, value } of await readTopic(broker, 'mysql.shop.orders')) {
    add(captured, JSON.stringify(String(headers.find(([name]) => name === 'id')?.[1])));
    const status = value === null ? 'deleted' : (JSON.parse(String(value)) as { status: string }).status;
    add(counts, JSON.stringify(status));
  }
  const logged = new Map<string, number>();
  for (const { key } of await readTopic(broker, 'shop.order-changes')) add(logged, String(key));
  const counted = await readTable<number>(broker, 'shop.changes-by-status');
  return [
    ...list('captured twice', [...captured].filter(([, times]) => times > 1).map(nameOf)),
    ...list('changes missing', [...captured].filter(([id]) => !logged.has(id)).map(nameOf)),
    ...list('changes of nothing', [...logged].filter(([id]) => !captured.has(id)).map(nameOf)),
    ...(exact ? list('changes twice', [...logged].filter(([, times]) => times > 1).map(nameOf)) : []),
    ...[...counts].flatMap(([status, count]) => {
      const found = counted.get(status) ?? 0;
      const fine = exact ? found === count : found >= count;
      return fine ? [] : [`changes-by-status: expected ${count} of ${status}, got ${found}`];
    }),
  ];
}

function differences(
  topic: string,
  sides: { expected: ReadonlyMap<string, Row>; actual: ReadonlyMap<string, Row>; onlyKeys: boolean },
): readonly string[] {
  const { expected, actual, onlyKeys } = sides;
  const differing = [...expected].filter(([key, row]) => actual.has(key) && !isDeepStrictEqual(actual.get(key), row));
  return [
    ...list(
      `${topic}: missing`,
      [...expected.keys()].filter((key) => !actual.has(key)),
    ),
    ...list(`${topic}: not in MySQL`, onlyKeys ? [] : [...actual.keys()].filter((key) => !expected.has(key))),
    ...list(`${topic}: different`, onlyKeys ? [] : differing.map(nameOf)),
  ];
}

function list(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.length}, such as ${names.slice(0, EXAMPLES).join(', ')}`];
}

function nameOf([name]: readonly [string, unknown]): string {
  return name;
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
