import { MillraceError } from '../../core/millrace-error.ts';
import type { TaskId } from '../../core/task-id.ts';
import type { SubTopology, Topology } from '../../topology/topology.ts';

/** How many partitions each source topic has, by the name that nodes have for it. */
export type PartitionCounts = ReadonlyMap<string, number>;

/** A task, and the partitions it reads. */
export interface TaskPlan {
  readonly id: TaskId;
  readonly subTopology: SubTopology;
  /** Source topics that have this task's partition. */
  readonly sourceTopics: readonly string[];
}

/**
 * The partition counts of all source topics: those given, and those of the repartition topics.
 *
 * A repartition topic has the number it was given; else that of the topics it is co-partitioned with; else the largest of
 * the topics upstream. Throws RUNTIME_PARTITIONS_DIFFER when co-partitioned topics do not agree.
 */
export function planPartitions(topology: Topology, sourceTopics: PartitionCounts): PartitionCounts {
  const counts = new Map(sourceTopics);
  for (const { name, partitions } of topology.repartitionTopics.values()) {
    if (partitions !== null) counts.set(name, partitions);
  }
  const fixed = (name: string): boolean => isFixed(topology, name);
  const open = new Set([...topology.repartitionTopics.keys()].filter((name) => !counts.has(name)));
  while (open.size > 0) {
    const before = open.size;
    for (const name of open) settle(name, largest(groupOf(topology, name).filter(fixed), counts));
    for (const name of open) settle(name, fromUpstream(topology, name, counts));
    if (open.size < before) continue;
    // Topics that are upstream of each other, as in a table's foreign-key join with itself, follow those they meet.
    for (const name of open) settle(name, largest(groupOf(topology, name), counts));
    if (open.size === before) throw undecided([...open]);
  }
  levelGroups(topology, counts);
  validateGroups(topology, counts);
  return counts;

  function settle(name: string, count: number | null): void {
    if (count === null) return;
    counts.set(name, count);
    open.delete(name);
  }
}

/** The tasks of a topology: for each sub-topology as many as its largest source topic has partitions. */
export function planTasks(topology: Topology, counts: PartitionCounts): readonly TaskPlan[] {
  return topology.subTopologies.flatMap((subTopology) =>
    Array.from({ length: taskCount(subTopology, counts) }, (_, partition) => ({
      id: { subTopology: subTopology.id, partition },
      subTopology,
      sourceTopics: subTopology.sourceTopics.filter((topic) => partition < countOf(topic, counts)),
    })),
  );
}

/** How many tasks run a sub-topology; each of its changelogs has as many partitions. */
export function taskCount(subTopology: SubTopology, counts: PartitionCounts): number {
  return Math.max(0, ...subTopology.sourceTopics.map((topic) => countOf(topic, counts)));
}

function countOf(topic: string, counts: PartitionCounts): number {
  return counts.get(topic) as number;
}

/** The largest count of those topics whose count is known; null where none is. */
function largest(topics: readonly string[], counts: PartitionCounts): number | null {
  const known = topics.map((topic) => counts.get(topic)).filter((count) => count !== undefined);
  return known.length === 0 ? null : Math.max(...known);
}

function fromUpstream(topology: Topology, name: string, counts: PartitionCounts): number | null {
  const writers = topology.subTopologies.filter((part) =>
    part.nodes.some((nodeName) => {
      const node = topology.nodes.get(nodeName);
      return node?.kind === 'sink' && node.topic === name;
    }),
  );
  const upstream = writers.flatMap((part) => part.sourceTopics).filter((topic) => topic !== name);
  if (upstream.some((topic) => !counts.has(topic))) return null;
  return Math.max(1, ...upstream.map((topic) => countOf(topic, counts)));
}

/** Repartition topics that are co-partitioned only with each other all get the largest number. */
function levelGroups(topology: Topology, counts: Map<string, number>): void {
  for (const group of topology.coPartitionGroups) {
    if (group.some((topic) => isFixed(topology, topic))) continue;
    const count = Math.max(...group.map((topic) => countOf(topic, counts)));
    for (const topic of group) counts.set(topic, count);
  }
}

function validateGroups(topology: Topology, counts: PartitionCounts): void {
  for (const group of topology.coPartitionGroups) {
    const first = group[0] as string;
    const other = group.find((topic) => counts.get(topic) !== counts.get(first));
    if (other === undefined) continue;
    throw new MillraceError(
      'RUNTIME_PARTITIONS_DIFFER',
      `Expected the topics "${first}" and "${other}" to have the same number of partitions, got ${counts.get(first)} and ${counts.get(other)}`,
      { context: { topology: topology.name } },
    );
  }
}

/** The topics that have as many partitions as this one. */
function groupOf(topology: Topology, topic: string): readonly string[] {
  return topology.coPartitionGroups.filter((group) => group.includes(topic)).flat();
}

/** Whether the count of a topic is given, not derived. */
function isFixed(topology: Topology, topic: string): boolean {
  const repartition = topology.repartitionTopics.get(topic);
  return repartition === undefined || repartition.partitions !== null;
}

function undecided(names: readonly string[]): MillraceError {
  return new MillraceError(
    'RUNTIME_PARTITIONS_DIFFER',
    `Expected the number of partitions of "${names.join('", "')}" to follow from what is upstream of them, got a circle; give one of them its number`,
  );
}
