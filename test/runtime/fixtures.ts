import type { Processor, ProcessorContext } from '../../src/processor/processor.ts';
import { StreamRecord } from '../../src/processor/stream-record.ts';
import { Datum } from '../../src/serde/datum.ts';
import { json } from '../../src/serde/json-serde.ts';
import type { StoreSpec, TimestampedKeyValueStore } from '../../src/store/store.ts';
import { TopologyBuilder } from '../../src/topology/topology-builder.ts';
import type { Topology } from '../../src/topology/topology.ts';

/** JSON, the only serde the fixtures need. */
export const serdes = { keySerde: json<any>(), valueSerde: json<any>() };

type Step = (record: StreamRecord<any, any>, context: ProcessorContext<StreamRecord<any, any>>) => void | Promise<void>;

/** A processor that is one function. */
export function processorOf(step: Step): () => Processor<StreamRecord<any, any>, StreamRecord<any, any>> {
  return () => {
    let context: ProcessorContext<StreamRecord<any, any>>;
    return {
      init: (given) => {
        context = given;
      },
      process: (record) => step(record, context),
    };
  };
}

/** A processor that counts records by key in a store, dropping those without a key. */
export function countInto(storeName: string): () => Processor<StreamRecord<any, any>, StreamRecord<any, any>> {
  return () => {
    let store: TimestampedKeyValueStore<any, number>;
    let context: ProcessorContext<StreamRecord<any, any>>;
    return {
      init: (given) => {
        context = given;
        store = given.store(storeName);
      },
      process: (record) => {
        if (record.keyDatum === null) return context.recordDropped('null key');
        const count = (store.get(record.keyDatum)?.datum.value ?? 0) + 1;
        store.put(record.keyDatum, Datum.ofValue(count), record.timestamp);
        return context.forward(new StreamRecord(record.keyDatum, Datum.ofValue(count), record.stamp));
      },
    };
  };
}

/** A source with the fixtures' serdes. */
export function sourceOf(name: string, topics: readonly string[]): Parameters<TopologyBuilder['addSource']>[0] {
  return { name, topics, ...serdes, timestampExtractor: null, offsetReset: 'earliest' };
}

/** A store with the fixtures' serdes. */
export function storeOf(name: string, options: Partial<StoreSpec> = {}): StoreSpec<any, any> {
  return { kind: 'key-value', name, ...serdes, storage: 'persistent', scans: false, logged: true, ...options };
}

/** `input` → the step → `output`. */
export function chainOf(step: Step, name = 'chain'): Topology {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('source', ['input']));
  builder.addProcessor({ name: 'step', create: processorOf(step), parents: ['source'] });
  builder.addSink({ name: 'sink', topic: 'output', ...serdes, partitioner: null, parents: ['step'] });
  return builder.build(name);
}

/** Counts `input` by the value's `by`, through a repartition topic, into the store `counts` and the topic `counts`. */
export function countByTopology(name = 'count-by', store: Partial<StoreSpec> = {}): Topology {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('source', ['input']));
  builder.addProcessor({
    name: 'select',
    create: processorOf((record, context) => context.forward(record.withKey(record.value.by))),
    parents: ['source'],
  });
  builder.addRepartitionTopic({ name: 'by-repartition', partitions: null });
  builder.addSink({
    name: 'repartition-sink',
    topic: 'by-repartition',
    ...serdes,
    partitioner: null,
    parents: ['select'],
  });
  builder.addSource(sourceOf('repartition-source', ['by-repartition']));
  builder.addStore(storeOf('counts', store));
  builder.addProcessor({
    name: 'count',
    create: countInto('counts'),
    parents: ['repartition-source'],
    stores: ['counts'],
  });
  builder.addSink({ name: 'sink', topic: 'counts', ...serdes, partitioner: null, parents: ['count'] });
  return builder.build(name);
}
