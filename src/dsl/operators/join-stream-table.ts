import { MillraceError } from '../../core/millrace-error.ts';
import { buffer } from '../../serde/buffer-serde.ts';
import type { Serde } from '../../serde/serde.ts';
import { keySerdeOf, valueSerdeOf, type StreamPlan } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import {
  DelayedStreamTableJoiner,
  delayClockSerdes,
  delayedRecordSerde,
  type DelayOptions,
} from './delayed-stream-table-joiner.ts';
import { repartitionIfNeeded } from './repartition.ts';
import { StreamTableJoiner } from './stream-table-joiner.ts';

/** How a stream is joined with a table. `Row` is the table's value, or null too for a left join. */
export interface StreamTableJoinOptions<K, V, Row, R> {
  /** Makes the result; null passes on as a null value. */
  readonly join: (value: V, row: Row, key: K) => R;
  /** Names the node; required where the stream's key was changed, for the repartition topic. */
  readonly name?: string;
  readonly valueSerde?: Serde<R>;
  /**
   * At each start, reads the stream only when all that the table's topics had then is processed, so that a stream record
   * does not miss a row for being older than it, or read sooner. What is on its way to the table through repartition topics
   * is not waited for. Everything else that reads the stream's topics in this task waits too. Default false: records go by
   * their timestamps. TOPOLOGY_INVALID where streams wait for each other.
   *
   * @example orders.join(customers, { join: (order, customer) => ({ ...order, customer }), waitForTable: true });
   */
  readonly waitForTable?: boolean;
  /**
   * Has records wait, in a buffer with a changelog, until the stream is so much later, so that rows that come late are seen
   * (KIP-923). Needs a versioned table, and a name.
   */
  readonly graceMs?: number;
}

/**
 * Enriches each record of a stream with the table's row of its key at that moment; only the stream's records make results.
 *
 * Null values are dropped. A record without a row, or without a key, is dropped by `join` and joined with null by
 * `leftJoin`. Stream and table must have the same number of partitions.
 */
export function joinStreamTable<K, V, T, R>(
  stream: StreamPlan<K, V>,
  table: TablePlan<K, T>,
  { left, options }: { left: boolean; options: StreamTableJoinOptions<K, V, any, R> },
): StreamPlan<K, R> {
  const { context } = stream;
  const partitioned = repartitionIfNeeded(stream, options.name, left ? 'leftJoin' : 'join');
  const node = context.nodeName(options.name, left ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-');
  const getter = table.view.getter();
  const delay = options.graceMs === undefined ? null : addDelay(partitioned, table, options);
  const rule = { left, join: options.join };
  const sources = [...new Set([...partitioned.sources, ...table.sources])];
  context.graph.addProcessor({
    name: node,
    parents: [partitioned.node],
    stores: [...getter.stores, ...(delay === null ? [] : [delay.records, delay.times])],
    create: () =>
      delay === null ? new StreamTableJoiner(getter, rule) : new DelayedStreamTableJoiner(getter, rule, delay),
  });
  if (left) context.keylessJoins.add(node);
  context.graph.coPartition(sources);
  if (options.waitForTable === true) context.graph.waitForTable(partitioned.sources, table.sources);
  return {
    context,
    node,
    keySerde: partitioned.keySerde ?? table.keySerde,
    valueSerde: options.valueSerde ?? null,
    sources,
    keyChanged: false,
    updates: false,
  };
}

/** Adds the stores that records wait in. Throws TOPOLOGY_INVALID for a table that is not versioned. */
function addDelay<K, V>(
  stream: StreamPlan<K, V>,
  table: TablePlan<K, any>,
  options: StreamTableJoinOptions<K, V, any, any>,
): DelayOptions<K> {
  const { context } = stream;
  const name = context.requireName(options, 'a join with `graceMs`');
  const graceMs = options.graceMs as number;
  if (!Number.isSafeInteger(graceMs) || graceMs < 0 || table.view.versioned !== true) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`graceMs\` of join "${name}" to be a whole number from 0, of a versioned table, got ${graceMs} of ${table.view.versioned === true ? 'one' : 'a table that is none'}`,
    );
  }
  const spec = { kind: 'key-value', storage: 'persistent', logged: true } as const;
  const delay = {
    graceMs,
    records: `${name}-buffer`,
    times: `${name}-buffer-times`,
    keySerde: keySerdeOf({ context, keySerde: stream.keySerde ?? table.keySerde }),
  };
  const valueSerde = delayedRecordSerde(valueSerdeOf(stream));
  context.graph.addStore({ ...spec, name: delay.records, keySerde: buffer(), valueSerde, scans: true });
  context.graph.addStore({ ...spec, name: delay.times, ...delayClockSerdes, scans: false });
  return delay;
}
