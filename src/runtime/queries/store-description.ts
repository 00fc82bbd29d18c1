import type { Serde } from '../../serde/serde.ts';
import { isWindowedSerde } from '../../serde/windowed-serde.ts';
import type { StoreKind } from '../../store/read-only/read-only-stores.ts';
import { ROWS, type StoreSpec } from '../../store/store.ts';
import type { SubTopology, Topology } from '../../topology/topology.ts';
import type { TaskPlan } from '../topics/partition-plan.ts';

/** What is known of a store of an application, wherever its partitions are. */
export interface StoreDescription {
  readonly name: string;
  readonly kind: StoreKind;
  /** How many partitions it has; of a global table, those of its topic. */
  readonly partitions: number;
  /** Whether every instance has all of it. */
  readonly isGlobal: boolean;
  /** The store that it is kept beside (its index, its history), or null. */
  readonly partOf: string | null;
  /** Keys as queries give them: of windows and sessions the key alone. */
  readonly keySerde: Serde<any>;
  readonly valueSerde: Serde<any>;
  /** Whether the bytes of a key tell its partition; they do not where a partitioner of the topology's own chose it. */
  readonly isPlacedByKey: boolean;
}

/** The stores of a topology by name. `globalPartitions` are those of a global table's store. */
export function describeStores(
  topology: Topology,
  plans: readonly TaskPlan[],
  globalPartitions: (name: string) => number,
): ReadonlyMap<string, StoreDescription> {
  const owners = new Map<string, string>();
  for (const { name, shape = ROWS, companions = [] } of topology.stores.values()) {
    for (const companion of companions) owners.set(companion.name, name);
    if (shape.kind === 'versioned') owners.set(shape.history, name);
    else if (shape.kind !== 'key-value' && shape.index !== null) owners.set(shape.index, name);
  }
  const described = new Map<string, StoreDescription>();
  for (const subTopology of topology.subTopologies) {
    const partitions = plans.filter((plan) => plan.subTopology.id === subTopology.id).length;
    const isPlacedByKey = !hasOwnPartitioner(topology, subTopology);
    for (const name of subTopology.stores) {
      const partOf = owners.get(name) ?? null;
      const spec = topology.stores.get(name) as StoreSpec;
      const place = { partitions, partOf, isGlobal: false, isPlacedByKey: isPlacedByKey && partOf === null };
      described.set(name, { ...describeSpec(spec), ...place });
    }
  }
  for (const { store } of topology.globalTables.values()) {
    const place = { partitions: globalPartitions(store.name), partOf: null, isGlobal: true, isPlacedByKey: false };
    described.set(store.name, { ...describeSpec(store), ...place });
  }
  return described;
}

function describeSpec({
  name,
  shape,
  keySerde,
  valueSerde,
}: StoreSpec<any, any>): Pick<StoreDescription, 'name' | 'kind' | 'keySerde' | 'valueSerde'> {
  return {
    name,
    kind: (shape ?? ROWS).kind,
    keySerde: isWindowedSerde(keySerde) ? keySerde.inner : keySerde,
    valueSerde,
  };
}

/** Whether the topology writes one of the topics that a sub-topology reads with a partitioner of its own. */
function hasOwnPartitioner(topology: Topology, { sourceTopics }: SubTopology): boolean {
  return [...topology.nodes.values()].some(
    (node) =>
      node.kind === 'sink' &&
      node.partitioner !== null &&
      (typeof node.topic !== 'string' || sourceTopics.includes(node.topic)),
  );
}
