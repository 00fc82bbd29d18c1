import { buffer } from '../../../serde/buffer-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { keySerdeOf, valueSerdeOf, type StreamPlan } from '../../stream-plan.ts';
import { PassThrough } from '../pass-through.ts';
import { repartitionIfNeeded } from '../repartition.ts';
import { joinClockSerdes } from './join-clock.ts';
import { JoinStreamsSide, type StreamJoin } from './join-streams-side.ts';
import { checkJoinWindows, type JoinWindows } from './join-windows.ts';
import { parkedValuesSerde } from './parked-records.ts';
import { windowRowSerde } from './window-row.ts';

/** How two streams are joined. A side that may be missing is null in `join`. */
export interface StreamJoinOptions<K, L, R, V> {
  /** Makes the result; null passes on as a null value. */
  readonly join: (left: L, right: R, key: K) => V;
  readonly window: JoinWindows;
  /** Names the node, its stores and changelogs, and the repartition topics where one is needed. */
  readonly name: string;
  readonly valueSerde?: Serde<V>;
  /** `memory` keeps the stores in memory, restored from their changelogs at each start. Default `persistent`. */
  readonly storage?: 'persistent' | 'memory';
}

/** Which sides' records come out also when they find no partner. */
export interface OuterSides {
  readonly leftOuter: boolean;
  readonly rightOuter: boolean;
}

/**
 * Joins the records of two streams that have the same key and are close in time. Records of both sides are kept until no
 * other can join them, with a changelog: what is older than `beforeMs + afterMs + graceMs` before its side's newest record
 * is not joined.
 */
export function joinStreams<K, L, R, V>(
  left: StreamPlan<K, L>,
  right: StreamPlan<K, R>,
  { outer, options }: { outer: OuterSides; options: StreamJoinOptions<K, any, any, V> },
): StreamPlan<K, V> {
  const { context } = left;
  const name = context.requireName(options, 'a join of streams');
  // Kafka Streams has a node more on each side, which keeps the records.
  context.skipNames(2);
  checkJoinWindows(options.window, name);
  const leftSide = repartitionIfNeeded(left, `${name}-left`, 'join');
  // A stream that is joined with itself goes through one topic, so that both sides see the same order.
  const isSame = left.node === right.node;
  const sides = [
    leftSide,
    isSame ? (leftSide as StreamPlan<K, any>) : repartitionIfNeeded(right, `${name}-right`, 'join'),
  ] as const;
  const join = addStores(sides, { name, outer, options });
  const { stores } = join;
  const storeNames = Object.values(stores).filter((store) => store !== null);
  const isSelfJoin = sides[0].node === sides[1].node && stores.parked === null;
  const onOneStore = { ...join, stores: { ...stores, right: stores.left } };
  const nodes = sides.map((side, index) => {
    const node = context.nodeName(`${name}-${index === 0 ? 'left' : 'right'}-join`, 'KSTREAM-JOIN-');
    const create = (): JoinStreamsSide<K> => new JoinStreamsSide(join, index === 0);
    const createOnOneStore = (): JoinStreamsSide<K> => new JoinStreamsSide(onOneStore, index === 0);
    context.graph.addProcessor({
      name: node,
      parents: [side.node],
      stores: storeNames,
      create,
      ...(isSelfJoin ? { selfJoin: { leavesOut: stores.right, create: createOnOneStore } } : {}),
    });
    if (outer.leftOuter || outer.rightOuter) context.keylessJoins.add(node);
    return node;
  });
  const node = context.nodeName(name, 'KSTREAM-MERGE-');
  context.graph.addProcessor({ name: node, parents: nodes, create: () => new PassThrough() });
  const sources = [...new Set(sides.flatMap((side) => side.sources))];
  context.graph.coPartition(sources);
  const keySerde = sides[0].keySerde ?? sides[1].keySerde;
  return {
    context,
    node,
    keySerde,
    valueSerde: options.valueSerde ?? null,
    sources,
    keyChanged: false,
    updates: false,
  };
}

function addStores<K>(
  [left, right]: readonly [StreamPlan<K, any>, StreamPlan<K, any>],
  { name, outer, options }: { name: string; outer: OuterSides; options: StreamJoinOptions<K, any, any, any> },
): StreamJoin<K> {
  const { graph } = left.context;
  const storage = options.storage ?? 'persistent';
  const add = (store: string, keySerde: Serde<any>, valueSerde: Serde<any>): string => {
    const scans = keySerde !== joinClockSerdes.keySerde;
    graph.addStore({ kind: 'key-value', name: store, keySerde, valueSerde, storage, scans, logged: true });
    return store;
  };
  const keySerde = keySerdeOf({ context: left.context, keySerde: left.keySerde ?? right.keySerde });
  const [leftSerde, rightSerde] = [valueSerdeOf(left), valueSerdeOf(right)];
  const parks = outer.leftOuter || outer.rightOuter;
  const bytes = buffer();
  return {
    ...outer,
    join: options.join,
    window: options.window,
    keySerde,
    leftSerde,
    rightSerde,
    stores: {
      left: add(`${name}-left-window`, bytes, windowRowSerde(leftSerde)),
      right: add(`${name}-right-window`, bytes, windowRowSerde(rightSerde)),
      clock: add(`${name}-clock`, joinClockSerdes.keySerde, joinClockSerdes.valueSerde),
      parked: parks ? add(`${name}-parked`, bytes, parkedValuesSerde) : null,
    },
  };
}
