import type { MaybePromise } from '../../core/maybe-promise.ts';
import { stampAt } from '../../core/stamp.ts';
import { Change, ChangeRecord } from '../../processor/change-record.ts';
import { ContextualProcessor } from '../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../processor/processor.ts';
import type { Datum } from '../../serde/datum.ts';
import type { Serde } from '../../serde/serde.ts';
import type { TimestampedDatum } from '../../store/store.ts';
import { reuseDatum } from '../reuse-datum.ts';
import { keySerdeOf, valueSerdeOf } from '../stream-plan.ts';
import type { TableOptions, TablePlan, TableView, ValueGetter, ValueGetterPlan } from '../table-plan.ts';
import { addTableStore } from '../table-stores/add-table-store.ts';
import { openForwarded } from '../table-stores/forwarded-view.ts';
import type { TableStore, TableStorePlan } from '../table-stores/table-store.ts';

/** How two tables are joined by key. A side that may be missing is null in `join`. */
export interface TableJoinOptions<L, R, V> extends TableOptions {
  readonly join: (left: L, right: R) => V;
  readonly valueSerde?: Serde<V>;
}

/** Which sides must have a row for there to be a result: both (inner), left (left), neither (outer; then any does). */
export interface JoinSides {
  readonly leftRequired: boolean;
  readonly rightRequired: boolean;
}

/**
 * Joins two tables by key. Each update of either side looks up the other, and the result has the larger timestamp.
 *
 * With this side's row v and the other's w, a result is join(v, w) unless a required side is missing or both are; an update
 * makes no record when the other side is required and missing, or when nothing was and nothing is.
 */
export function joinTables<K, L, R, V>(
  left: TablePlan<K, L>,
  right: TablePlan<K, R>,
  { sides, options }: { sides: JoinSides; options: TableJoinOptions<any, any, V> },
): TablePlan<K, V> {
  const { context } = left;
  const node = context.nodeName(options.name, 'KTABLE-MERGE-');
  const sources = [...new Set([...left.sources, ...right.sources])];
  context.graph.coPartition(sources);
  if (!sides.rightRequired) left.view.sendOldValues(true);
  if (!sides.leftRequired) right.view.sendOldValues(true);
  const table = {
    context,
    node,
    keySerde: left.keySerde ?? right.keySerde,
    valueSerde: options.valueSerde ?? null,
    sources,
  };
  const added = { keySerde: keySerdeOf(table), valueSerde: valueSerdeOf(table), options };
  const store = options.store === undefined ? null : addTableStore<K, V>(context, { name: options.store, ...added });
  const join = new TableJoin<K, V>({ left: left.view, right: right.view, sides, join: options.join, store });
  addSide({
    node: suffixed(context.nodeName(options.name, 'KTABLE-JOINTHIS-'), options.name, '-join-this'),
    from: left,
    to: right,
    join,
    isLeft: true,
  });
  addSide({
    node: suffixed(context.nodeName(options.name, 'KTABLE-JOINOTHER-'), options.name, '-join-other'),
    from: right,
    to: left,
    join,
    isLeft: false,
  });
  const parents = join.sideNodes;
  context.graph.addProcessor({ name: node, parents, stores: store?.stores ?? [], create: () => new MergeSides(join) });
  return { ...table, view: join };
}

function suffixed(generated: string, name: string | undefined, suffix: string): string {
  return name === undefined ? generated : `${name}${suffix}`;
}

function addSide<K, V>(side: {
  node: string;
  from: TablePlan<K, any>;
  to: TablePlan<K, any>;
  join: TableJoin<K, V>;
  isLeft: boolean;
}): void {
  const other = side.to.view.getter();
  side.join.sideNodes.push(side.node);
  side.from.context.graph.addProcessor({
    name: side.node,
    parents: [side.from.node],
    stores: other.stores,
    create: () => new JoinSide(side.join, { other, isLeft: side.isLeft }),
  });
}

interface TableJoinParts<K, V> extends Pick<TableJoinOptions<any, any, V>, 'join'> {
  readonly left: TableView<K, any>;
  readonly right: TableView<K, any>;
  readonly sides: JoinSides;
  readonly store: TableStorePlan<K, V> | null;
}

/** The rule of one join, and how others read its result. */
class TableJoin<K, V> implements TableView<K, V> {
  readonly parts: TableJoinParts<K, V>;
  readonly sideNodes: string[] = [];
  sendsOldValues = false;

  constructor(parts: TableJoinParts<K, V>) {
    this.parts = parts;
  }

  get versioned(): boolean {
    return this.parts.store?.versioned === true;
  }

  result(left: Datum<any> | null, right: Datum<any> | null): Datum<V> | null {
    const { sides, join } = this.parts;
    if (left === null && (sides.leftRequired || right === null)) return null;
    if (right === null && sides.rightRequired) return null;
    const joined = join(left === null ? null : left.value, right === null ? null : right.value);
    const same = left !== null && Object.is(joined, left.value) ? left : right;
    return reuseDatum(joined, same) as Datum<V> | null;
  }

  sendOldValues(): boolean {
    this.parts.left.sendOldValues(true);
    this.parts.right.sendOldValues(true);
    this.sendsOldValues = true;
    return true;
  }

  getter(): ValueGetterPlan<K, V> {
    if (this.parts.store !== null) return this.parts.store;
    const left = this.parts.left.getter();
    const right = this.parts.right.getter();
    return {
      stores: [...left.stores, ...right.stores],
      open: (context) => new JoinedRows(this, { left: left.open(context), right: right.open(context) }),
    };
  }
}

class JoinedRows<K, V> implements ValueGetter<K, V> {
  readonly #join: TableJoin<K, V>;
  readonly #rows: { left: ValueGetter<K, any>; right: ValueGetter<K, any> };

  constructor(join: TableJoin<K, V>, rows: { left: ValueGetter<K, any>; right: ValueGetter<K, any> }) {
    this.#join = join;
    this.#rows = rows;
  }

  get(key: Datum<K>): TimestampedDatum<V> | null {
    const left = this.#rows.left.get(key);
    const right = this.#rows.right.get(key);
    const datum = this.#join.result(left?.datum ?? null, right?.datum ?? null);
    if (datum === null) return null;
    return { datum, timestamp: Math.max(left?.timestamp ?? -1, right?.timestamp ?? -1) };
  }
}

class JoinSide<K, V> extends ContextualProcessor<ChangeRecord<K, any>, ChangeRecord<K, V>> {
  readonly #join: TableJoin<K, V>;
  readonly #other: ValueGetterPlan<K, any>;
  readonly #isLeft: boolean;
  #rows!: ValueGetter<K, any>;

  constructor(join: TableJoin<K, V>, { other, isLeft }: { other: ValueGetterPlan<K, any>; isLeft: boolean }) {
    super();
    this.#join = join;
    this.#other = other;
    this.#isLeft = isLeft;
  }

  override init(context: ProcessorContext<ChangeRecord<K, V>>): void {
    super.init(context);
    this.#rows = openForwarded(this.#other, context);
  }

  override process(record: ChangeRecord<K, any>): MaybePromise<void> {
    const { keyDatum, change } = record;
    if (!change.isLatest) return this.context.recordDropped('out of order');
    const { sides } = this.#join.parts;
    const other = this.#rows.get(keyDatum);
    if (other === null) {
      const otherRequired = this.#isLeft ? sides.rightRequired : sides.leftRequired;
      if (otherRequired || (change.newValue === null && change.oldValue === null)) return;
    }
    const row = other === null ? null : other.datum;
    const newValue = this.#result(change.newValue, row);
    const oldValue = this.#join.sendsOldValues ? this.#result(change.oldValue, row) : null;
    const timestamp = other === null ? record.timestamp : Math.max(record.timestamp, other.timestamp);
    return this.context.forward(
      new ChangeRecord(keyDatum, new Change(newValue, oldValue), stampAt(record.stamp, timestamp)),
    );
  }

  #result(own: Datum<any> | null, other: Datum<any> | null): Datum<V> | null {
    return this.#isLeft ? this.#join.result(own, other) : this.#join.result(other, own);
  }
}

class MergeSides<K, V> extends ContextualProcessor<ChangeRecord<K, V>, ChangeRecord<K, V>> {
  readonly #join: TableJoin<K, V>;
  #store: TableStore<K, V> | null = null;

  constructor(join: TableJoin<K, V>) {
    super();
    this.#join = join;
  }

  override init(context: ProcessorContext<ChangeRecord<K, V>>): void {
    super.init(context);
    const { store } = this.#join.parts;
    if (store !== null) this.#store = store.openStore(context);
  }

  override process(record: ChangeRecord<K, V>): MaybePromise<void> {
    return this.#store === null ? this.context.forward(record) : this.#store.update(record, this.context);
  }
}
