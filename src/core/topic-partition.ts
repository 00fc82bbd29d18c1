/** One partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `orders-3`: the name of a partition in messages and the key of a partition in maps. */
export function partitionName(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}
