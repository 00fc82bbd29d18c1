import { buffer } from '../../../serde/buffer-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { keySerdeOf, valueSerdeOf } from '../../stream-plan.ts';
import type { TablePlan } from '../../table-plan.ts';
import type { StoreOptions } from '../../table-stores/add-table-store.ts';
import { tableSource } from '../table-source.ts';
import { JoinSubscriptions } from './join-subscriptions.ts';
import { ReceiveSubscriptions } from './receive-subscriptions.ts';
import { ResolveResponses } from './resolve-responses.ts';
import { RespondToChanges } from './respond-to-changes.ts';
import { SendSubscriptions } from './send-subscriptions.ts';
import { subscriptionResponseSerde, type SubscriptionResponse } from './subscription-response.ts';
import { subscriptionSerde } from './subscription.ts';

/** How many nodes, stores and topics Kafka Streams names for such a join, the store of the result not among them. */
const NAMES_IN_KAFKA_STREAMS = 13;

/** How a table is joined with another by a key taken from its rows. `FV` is the foreign row, or null too for a left join. */
export interface ForeignKeyJoinOptions<K, V, FK, FV, R> extends StoreOptions {
  /** Takes the foreign key from a row; null or undefined has none. */
  readonly foreignKey: (value: V, key: K) => FK | null | undefined;
  /** Makes the result of a row and its foreign row. */
  readonly join: (value: V, foreign: FV, key: K) => R;
  /** Names the nodes, the stores and the two internal topics. */
  readonly name: string;
  readonly valueSerde?: Serde<R>;
  /** Keeps the result for queries, in the store of this join's name, even if no operator needs it. */
  readonly queryable?: boolean;
}

/** The same, untyped where the two tables meet. */
interface Join {
  readonly left: TablePlan<any, any>;
  readonly foreign: TablePlan<any, any>;
  readonly isLeftJoin: boolean;
  readonly options: ForeignKeyJoinOptions<any, any, any, any, any>;
  readonly name: string;
  readonly foreignKey: (value: any, key: any) => any;
  readonly subscriptionTopic: string;
  readonly responseTopic: string;
  readonly responseSerde: Serde<SubscriptionResponse<any>>;
}

/**
 * Joins two tables by a foreign key (KIP-213).
 *
 * Left rows subscribe to their foreign key through a repartition topic; the owner of the foreign row keeps the
 * subscriptions in a store, and answers new ones and every change of its row through a second topic; there the answer meets
 * the left row again. Stores: `<name>-subscription-store`, and the rows of both tables. Results have the larger timestamp of the
 * two rows when the left one changed, and the foreign row's when that did.
 */
export function joinByForeignKey<K, V, FK, FV, R>(
  left: TablePlan<K, V>,
  foreign: TablePlan<FK, FV>,
  { isLeftJoin, options }: { isLeftJoin: boolean; options: ForeignKeyJoinOptions<K, V, FK, any, R> },
): TablePlan<K, R> {
  const { context } = left;
  const name = context.requireName(options, 'a foreign-key join');
  context.skipNames(options.queryable === true ? NAMES_IN_KAFKA_STREAMS : NAMES_IN_KAFKA_STREAMS + 1);
  foreign.view.sendOldValues(true);
  left.view.sendOldValues(true);
  const join: Join = {
    left,
    foreign,
    isLeftJoin,
    options,
    name,
    foreignKey: (value, key) => options.foreignKey(value, key) ?? null,
    subscriptionTopic: `${name}-subscription-registration-topic`,
    responseTopic: `${name}-subscription-response-topic`,
    responseSerde: subscriptionResponseSerde(valueSerdeOf(foreign)),
  };
  addSubscribing(join);
  addAnswering(join);
  return addResolving(join);
}

/** Left row → subscription topic. */
function addSubscribing({ left, foreign, name, foreignKey, subscriptionTopic, isLeftJoin }: Join): void {
  const { graph } = left.context;
  const send = `${name}-subscription-registration-processor`;
  const [keySerde, valueSerde, foreignKeySerde] = [keySerdeOf(left), valueSerdeOf(left), keySerdeOf(foreign)];
  const create = (): SendSubscriptions<any, any, any> =>
    new SendSubscriptions({ foreignKey, left: isLeftJoin, keySerde, valueSerde, foreignKeySerde });
  graph.addRepartitionTopic({ name: subscriptionTopic, partitions: null });
  graph.addProcessor({ name: send, parents: [left.node], create });
  graph.addSink({
    name: `${name}-subscription-registration-sink`,
    parents: [send],
    topic: subscriptionTopic,
    keySerde: foreignKeySerde,
    valueSerde: subscriptionSerde,
    partitioner: null,
  });
}

/** Subscription topic and foreign row → response topic. */
function addAnswering({ left, foreign, name, subscriptionTopic, responseTopic, responseSerde }: Join): void {
  const { graph } = left.context;
  const store = `${name}-subscription-store`;
  const source = `${name}-subscription-registration-source`;
  const [keySerde, foreignKeySerde] = [keySerdeOf(left), keySerdeOf(foreign)];
  const topic = { topic: subscriptionTopic, keySerde: foreignKeySerde, valueSerde: subscriptionSerde };
  graph.addRepartitionSource({ name: source, ...topic });
  graph.coPartition([...foreign.sources, source]);
  graph.addStore({
    kind: 'key-value',
    name: store,
    keySerde: buffer(),
    valueSerde: subscriptionSerde,
    storage: 'persistent',
    scans: true,
    // Subscriptions are read by prefix only.
    caches: 'reads',
    logged: true,
  });
  const foreignRows = foreign.view.getter();
  const receive = `${name}-subscription-receive`;
  const answer = `${name}-subscription-join-foreign`;
  const respond = `${name}-foreign-join-subscription`;
  graph.addProcessor({
    name: receive,
    parents: [source],
    stores: [store],
    create: () => new ReceiveSubscriptions({ store, foreignKeySerde }),
  });
  graph.addProcessor({
    name: answer,
    parents: [receive],
    stores: foreignRows.stores,
    create: () => new JoinSubscriptions({ foreignRows, foreignKeySerde, keySerde }),
  });
  graph.addProcessor({
    name: respond,
    parents: [foreign.node],
    stores: [store],
    create: () => new RespondToChanges({ store, foreignKeySerde, keySerde }),
  });
  graph.addRepartitionTopic({ name: responseTopic, partitions: null });
  graph.addSink({
    name: `${name}-subscription-response-sink`,
    parents: [answer, respond],
    topic: responseTopic,
    keySerde,
    valueSerde: responseSerde,
    partitioner: (record) => (record.value as SubscriptionResponse<any>).primaryPartition,
  });
}

/** Response topic and left row → result table. */
function addResolving(join: Join): TablePlan<any, any> {
  const { left, name, foreignKey, responseTopic, responseSerde, isLeftJoin, options } = join;
  const { context } = left;
  const source = `${name}-subscription-response-source`;
  const resolve = `${name}-subscription-response-resolver`;
  const node = `${name}-result`;
  const askNode = `${name}-subscription-ask-again-sink`;
  const keySerde = keySerdeOf(left);
  const valueSerde = valueSerdeOf(left);
  context.graph.addRepartitionSource({ name: source, topic: responseTopic, keySerde, valueSerde: responseSerde });
  const sources = [...left.sources, source];
  context.graph.coPartition(sources);
  const rows = left.view.getter();
  const resolving = {
    rows,
    keySerde,
    valueSerde,
    foreignKeySerde: keySerdeOf(join.foreign),
    foreignKey,
    join: options.join,
    left: isLeftJoin,
    resultNode: node,
    askNode,
  };
  context.graph.addProcessor({
    name: resolve,
    parents: [source],
    stores: rows.stores,
    create: () => new ResolveResponses<any, any, any, any, any>(resolving),
  });
  const resolved = {
    context,
    node: resolve,
    keySerde,
    valueSerde: options.valueSerde ?? null,
    sources,
    keyChanged: false,
    updates: false,
  };
  const materialized = options.queryable ?? false;
  const result = tableSource(resolved, { node, store: name, materialized, storeOptions: options });
  if (!isLeftJoin) addAskingAgain(join, { parent: resolve, sink: askNode });
  return result;
}

/** Resolver → subscription topic: a second way there, since the first is upstream. */
function addAskingAgain(
  { left, foreign, subscriptionTopic }: Join,
  { parent, sink }: { parent: string; sink: string },
): void {
  left.context.graph.addSink({
    name: sink,
    parents: [parent],
    topic: subscriptionTopic,
    keySerde: keySerdeOf(foreign),
    valueSerde: subscriptionSerde,
    partitioner: null,
  });
}
