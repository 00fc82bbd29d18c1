import { EmbeddedBroker } from '../../broker/embedded/embedded-broker.ts';
import type { Broker } from '../../broker/port.ts';
import type { ApplicationOptions } from '../../config/application-options.ts';
import { type EmbeddedBrokerOptionInput, embeddedBrokerOptions } from '../../config/embedded-broker-options.ts';
import { type KafkaOptionInput, kafkaOptions } from '../../config/kafka-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { Logger } from '../../core/logger.ts';
import { brokerDirectoryOf } from './data-directory.ts';

/** Which broker is opened, and how. */
export interface OpenBrokerOptions {
  readonly broker?: EmbeddedBrokerOptionInput;
  readonly kafka?: KafkaOptionInput;
  readonly logger: Logger;
}

/** Whether a Kafka cluster is named: else the embedded broker serves. */
export function usesKafka({ kafka: input = {} }: Pick<OpenBrokerOptions, 'kafka'>): boolean {
  return input.kafka !== undefined && input.kafka !== null;
}

/**
 * Connects to the Kafka cluster that is named, or opens the embedded broker of the data directory. Throws as
 * `KafkaBroker.connect`, or BROKER_LOCKED, LOG_CORRUPTED, BROKER_STORAGE.
 */
export async function openBroker(config: ApplicationOptions, options: OpenBrokerOptions): Promise<Broker> {
  const { logger } = options;
  if (usesKafka(options)) {
    // Its client takes longer to load than all else: it is loaded only for those who use it.
    const { openKafkaBroker } = await import('../../broker/kafka/open-kafka-broker.ts');
    return openKafkaBroker(parseOptions(kafkaOptions, options.kafka ?? {}), { logger });
  }
  const { flushIntervalMs, segmentBytes, retentionMs } = parseOptions(embeddedBrokerOptions, options.broker ?? {});
  return EmbeddedBroker.open({
    directory: brokerDirectoryOf(config),
    flushIntervalMs,
    topicDefaults: { 'segment.bytes': segmentBytes, 'retention.ms': retentionMs },
    logger,
  });
}
