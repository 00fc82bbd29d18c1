import type { Logger } from '../../core/logger.ts';
import type { Compression } from './compression.ts';
import type { KafkaCluster } from './kafka-cluster.ts';

/** What is to be closed with the broker. */
interface Closable {
  close(): Promise<void>;
}

/** What the parts of a Kafka broker share. */
export interface KafkaServices {
  readonly cluster: KafkaCluster;
  readonly logger: Logger;
  /** Consumers and producers that are open. */
  readonly openParts: Set<Closable>;
  readonly compression: Compression;
  /** How large a record batch may be before compression, in bytes. */
  readonly batchBytes: number;
  /** How long records are tried again. */
  readonly deliveryTimeoutMs: number;
  /** How long a transaction may be open until the broker aborts it. */
  readonly transactionTimeoutMs: number;
  /** How many replicas new topics get; −1 is the broker's default. */
  readonly replicationFactor: number;
  /** How much is fetched ahead for a consumer, in bytes. */
  readonly prefetchBytes: number;
}
