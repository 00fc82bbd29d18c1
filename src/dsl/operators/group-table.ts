import type { MaybePromise } from '../../core/maybe-promise.ts';
import { andThen } from '../../core/maybe-promise.ts';
import { Change, type ChangeRecord } from '../../processor/change-record.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import { StreamRecord } from '../../processor/stream-record.ts';
import { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import { changeSerde } from '../change-serde.ts';
import type { DslContext } from '../dsl-context.ts';
import { reuseDatum } from '../reuse-datum.ts';
import { keySerdeOf, valueSerdeOf, type SerdeOptions } from '../stream-plan.ts';
import type { TablePlan } from '../table-plan.ts';
import type { KeyValueMapper } from './map.ts';

/** How a table is regrouped. */
export interface GroupTableOptions<K, V> extends SerdeOptions<K, V> {
  /** Names the repartition topic; absent, the aggregation's name does. */
  readonly name?: string;
}

/** A table whose rows have been given to groups, on its way to an aggregation. */
export interface GroupedTablePlan<K, V> {
  readonly context: DslContext;
  /** The node that selects group and value. */
  readonly node: string;
  readonly keySerde: Serde<K> | null;
  readonly valueSerde: Serde<V> | null;
  /**
   * Sends the rows through the repartition topic of an aggregation, or through the one of the group where that has a name,
   * which all its aggregations share. Returns the source that reads them there.
   */
  repartition(aggregation: string): string;
}

/**
 * Gives every row of a table to a group: `selector` returns the group's key and the row's value there. The new row and the
 * old one are mapped separately; a null key or value counts as absent. Group and value unchanged is one update of one group
 * (KIP-904), otherwise the old group loses the row before the new one gets it.
 */
export function groupTable<K, V, K2, V2>(
  plan: TablePlan<K, V>,
  selector: KeyValueMapper<K, V, K2 | null, V2 | null>,
  options: GroupTableOptions<K2, V2>,
): GroupedTablePlan<K2, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KTABLE-SELECT-');
  const grouped = { context, node, keySerde: options.keySerde ?? null, valueSerde: options.valueSerde ?? null };
  context.graph.addProcessor({
    name: node,
    parents: [plan.node],
    create: () => new SelectGroup(selector, keySerdeOf(grouped)),
  });
  plan.view.sendOldValues(true);
  let shared: string | null = null;
  const repartition = (aggregation: string): string => {
    if (shared !== null) {
      context.skipNames(2);
      return shared;
    }
    const name = options.name === undefined ? aggregation : context.requireName(options, 'groupBy');
    const source = addRepartition(grouped, aggregation, `${name}-repartition`);
    if (options.name !== undefined) shared = source;
    return source;
  };
  return { ...grouped, repartition };
}

/** Sends the grouped rows through a repartition topic; returns the source that reads them there. */
function addRepartition<K, V>(
  grouped: Omit<GroupedTablePlan<K, V>, 'repartition'>,
  aggregation: string,
  topic: string,
): string {
  const { context } = grouped;
  const keySerde = keySerdeOf(grouped);
  const valueSerde = changeSerde(valueSerdeOf(grouped));
  const sink = context.nodeName(`${aggregation}-sink`, 'KSTREAM-SINK-');
  const source = context.nodeName(`${aggregation}-source`, 'KSTREAM-SOURCE-');
  context.graph.addRepartitionTopic({ name: topic, partitions: null });
  context.graph.addSink({ name: sink, parents: [grouped.node], topic, keySerde, valueSerde, partitioner: null });
  context.graph.addRepartitionSource({ name: source, topic, keySerde, valueSerde });
  return source;
}

interface Member<K, V> {
  readonly group: Datum<K>;
  readonly value: Datum<V>;
}

class SelectGroup<K, V, K2, V2> extends ContextualProcessor<ChangeRecord<K, V>, StreamRecord<K2, Change<V2>>> {
  readonly #selector: KeyValueMapper<K, V, K2 | null, V2 | null>;
  readonly #groupSerde: Serde<K2>;

  constructor(selector: KeyValueMapper<K, V, K2 | null, V2 | null>, groupSerde: Serde<K2>) {
    super();
    this.#selector = selector;
    this.#groupSerde = groupSerde;
  }

  override process(record: ChangeRecord<K, V>): MaybePromise<void> {
    if (!record.change.isLatest) return this.context.recordDropped('out of order');
    const added = this.#member(record, record.change.newValue);
    const removed = this.#member(record, record.change.oldValue);
    if (added !== null && removed !== null && this.#sameGroup(added, removed)) {
      return this.#send(record, added.group, new Change(added.value, removed.value));
    }
    if (removed === null)
      return added === null ? undefined : this.#send(record, added.group, new Change(added.value, null));
    const pending = this.#send(record, removed.group, new Change<V2>(null, removed.value));
    return added === null
      ? pending
      : andThen(pending, () => this.#send(record, added.group, new Change(added.value, null)));
  }

  #member(record: ChangeRecord<K, V>, row: Datum<V> | null): Member<K2, V2> | null {
    if (row === null) return null;
    const [key, value] = this.#selector(row.value, record.key);
    const group = reuseDatum(key, record.keyDatum) as Datum<K2> | null;
    const datum = reuseDatum(value, row) as Datum<V2> | null;
    return group === null || datum === null ? null : { group, value: datum };
  }

  #sameGroup(a: Member<K2, V2>, b: Member<K2, V2>): boolean {
    return a.group.bytes(this.#groupSerde).equals(b.group.bytes(this.#groupSerde));
  }

  #send(record: ChangeRecord<K, V>, group: Datum<K2>, change: Change<V2>): MaybePromise<void> {
    return this.context.forward(new StreamRecord(group, Datum.ofValue(change), record.stamp));
  }
}
