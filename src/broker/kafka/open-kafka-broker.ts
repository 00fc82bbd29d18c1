import type { KafkaOptions } from '../../config/kafka-options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { KafkaBroker } from './kafka-broker.ts';
import type { BrokerAddress, OpenConnections } from './kafka-connections.ts';
import { kafkaSecurity, type KafkaSecurity } from './kafka-security.ts';

/**
 * Connects to the cluster that the options name. Throws CONFIG_INVALID where they name none or contradict each other, and
 * as `KafkaBroker.connect`.
 */
export async function openKafkaBroker(options: KafkaOptions, { logger }: { logger: Logger }): Promise<KafkaBroker> {
  if (options.kafka === null)
    throw new MillraceError('CONFIG_INVALID', 'Expected `kafka` to name brokers such as host:9092, got none');
  const security = kafkaSecurity(options);
  return KafkaBroker.connect({
    brokers: options.kafka.split(',').map(addressOf),
    clientId: options.kafkaClientId,
    compression: options.kafkaCompression,
    replicationFactor: options.kafkaReplicationFactor,
    transactionTimeoutMs: options.kafkaTransactionTimeoutMs,
    requestTimeoutMs: options.kafkaRequestTimeoutMs,
    deliveryTimeoutMs: options.kafkaDeliveryTimeoutMs,
    security,
    ...(options.kafkaClient === 'kafkajs' ? { openConnections: await byKafkajs(security) } : {}),
    logger,
  });
}

/** Loaded only where it is asked for. */
async function byKafkajs(security: KafkaSecurity): Promise<OpenConnections> {
  const { kafkajsConnections } = await import('../kafkajs/kafkajs-connections.ts');
  return kafkajsConnections(security);
}

function addressOf(broker: string): BrokerAddress {
  const colon = broker.lastIndexOf(':');
  return { host: broker.slice(0, colon), port: Number(broker.slice(colon + 1)) };
}
