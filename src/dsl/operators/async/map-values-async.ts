import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { StreamPlan } from '../../stream-plan.ts';
import type { AsyncCall, AsyncOptions } from './async-options.ts';
import { asyncProcessor, type AsyncMapper, type ProcessAsyncOptions } from './process-async.ts';

/** Makes a new value of a value, by a call to the outside; the key is to be read only. */
export type AsyncValueMapper<K, V, V2> = (value: V, key: K, call: AsyncCall) => Promise<V2>;

/** Options of `mapValuesAsync`. */
export interface MapValuesAsyncOptions<K, V, V2> extends AsyncOptions {
  readonly valueSerde?: Serde<V2>;
  /** The value of a record whose calls have all failed. Absent, the task stops with the error of the last. */
  readonly onFailure?: (error: unknown, value: V, key: K) => V2;
}

/** Replaces the value of every record, null values too, by what a call makes of it; the key stays, so nothing is repartitioned. */
export function mapValuesAsync<K, V, V2>(
  plan: StreamPlan<K, V>,
  mapper: AsyncValueMapper<K, V, V2>,
  { onFailure, ...options }: MapValuesAsyncOptions<K, V, V2>,
): StreamPlan<K, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-MAPVALUESASYNC-');
  const one: AsyncMapper<K, V, K, V2> = async (record, call) => [
    record.withValue(await mapper(record.value, record.key, call)),
  ];
  const failed = (error: unknown, record: StreamRecord<K, V>): readonly StreamRecord<K, V2>[] => [
    record.withValue((onFailure as NonNullable<typeof onFailure>)(error, record.value, record.key)),
  ];
  const { valueSerde, ...calls } = options;
  const given: ProcessAsyncOptions<K, V, K, V2> = onFailure === undefined ? calls : { ...calls, onFailure: failed };
  const create = asyncProcessor(plan, one, { node, options: given });
  context.graph.addProcessor({ name: node, parents: [plan.node], create });
  return { ...plan, node, valueSerde: valueSerde ?? null };
}
