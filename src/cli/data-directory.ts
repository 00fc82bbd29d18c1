import { join } from 'node:path';
import { EmbeddedBroker } from '../broker/embedded/embedded-broker.ts';
import type { ApplicationOptions } from '../config/application-options.ts';
import { type EmbeddedBrokerOptionInput, embeddedBrokerOptions } from '../config/embedded-broker-options.ts';
import { parseOptions } from '../config/options.ts';
import type { Logger } from '../core/logger.ts';
import type { StoreBackend } from '../store/engine.ts';
import { levelDbBackend, type LevelDbOptions } from '../store/leveldb/leveldb-backend.ts';
import { memoryBackend } from '../store/memory/memory-backend.ts';

/** Where the embedded broker keeps its topics. */
export function brokerDirectoryOf({ dataDirectory }: ApplicationOptions): string {
  return join(dataDirectory, 'broker');
}

/** Where the stores of all applications are kept. */
export function stateDirectoryOf({ dataDirectory }: ApplicationOptions): string {
  return join(dataDirectory, 'state');
}

/** Opens the embedded broker of the data directory. Throws BROKER_LOCKED, LOG_CORRUPTED, BROKER_STORAGE. */
export function openBroker(
  config: ApplicationOptions,
  options: { readonly broker?: EmbeddedBrokerOptionInput; readonly logger: Logger },
): Promise<EmbeddedBroker> {
  const { flushIntervalMs, segmentBytes, retentionMs } = parseOptions(embeddedBrokerOptions, options.broker ?? {});
  return EmbeddedBroker.open({
    directory: brokerDirectoryOf(config),
    flushIntervalMs,
    topicDefaults: { 'segment.bytes': segmentBytes, 'retention.ms': retentionMs },
    logger: options.logger,
  });
}

/** The engines of stores: the one that is configured, and the one of stores that ask for memory. */
export function storeBackends(
  config: ApplicationOptions,
  levelDb: LevelDbOptions = {},
): {
  readonly storeBackend: StoreBackend;
  readonly memoryBackend: StoreBackend;
} {
  const memory = memoryBackend();
  return { storeBackend: config.storeBackend === 'memory' ? memory : levelDbBackend(levelDb), memoryBackend: memory };
}
