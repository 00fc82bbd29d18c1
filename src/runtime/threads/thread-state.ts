/** The states of a stream thread: those of Kafka Streams. In PARTITIONS_ASSIGNED some of its tasks do not run yet. */
export type ThreadState =
  | 'STARTING'
  | 'PARTITIONS_REVOKED'
  | 'PARTITIONS_ASSIGNED'
  | 'RUNNING'
  | 'PENDING_SHUTDOWN'
  | 'DEAD';
