/** Names a task: one partition of one sub-topology, written `1_3` as in Kafka Streams. */
export interface TaskId {
  readonly subTopology: number;
  readonly partition: number;
}

/** `1_3`. */
export function taskName(id: TaskId): string {
  return `${id.subTopology}_${id.partition}`;
}
