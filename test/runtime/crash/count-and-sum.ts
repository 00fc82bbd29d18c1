import type { Processor } from '../../../src/processor/processor.ts';
import { StreamRecord } from '../../../src/processor/stream-record.ts';
import { Datum } from '../../../src/serde/datum.ts';
import type { TimestampedKeyValueStore } from '../../../src/store/store.ts';
import { TopologyBuilder } from '../../../src/topology/topology-builder.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { countInto, processorOf, serdes, sourceOf, storeOf } from '../fixtures.ts';

type Sums = Processor<StreamRecord<any, any>, StreamRecord<any, any>>;

/** Counts `input` by group into `counts`, and sums its amounts by group, through another repartition topic, into `sums`. */
export function countAndSumTopology(): Topology {
  const builder = new TopologyBuilder();
  builder.addSource(sourceOf('source', ['input']));
  builder.addProcessor({
    name: 'select',
    create: processorOf((record, context) => context.forward(record.withKey(record.value.group))),
    parents: ['source'],
  });
  const hops = [
    { name: 'counts', create: countInto('counts') },
    { name: 'sums', create: sumInto('sums') },
  ];
  for (const { name, create } of hops) {
    const topic = `${name}-repartition`;
    builder.addRepartitionTopic({ name: topic, partitions: null });
    builder.addSink({ name: `${name}-out`, topic, ...serdes, partitioner: null, parents: ['select'] });
    builder.addSource(sourceOf(`${name}-in`, [topic]));
    builder.addStore(storeOf(name));
    builder.addProcessor({ name, create, parents: [`${name}-in`], stores: [name] });
    builder.addSink({ name: `${name}-sink`, topic: name, ...serdes, partitioner: null, parents: [name] });
  }
  return builder.build('count-and-sum');
}

function sumInto(storeName: string): () => Sums {
  return () => {
    let store: TimestampedKeyValueStore<any, number>;
    let forward: (record: StreamRecord<any, any>) => void | Promise<void>;
    return {
      init: (context) => {
        store = context.store(storeName);
        forward = (record) => context.forward(record);
      },
      process: (record) => {
        const key = record.keyDatum as Datum<any>;
        const sum = (store.get(key)?.datum.value ?? 0) + record.value.amount;
        store.put(key, Datum.ofValue(sum), record.timestamp);
        return forward(new StreamRecord(key, Datum.ofValue(sum), record.stamp));
      },
    };
  };
}
