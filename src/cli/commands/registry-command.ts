import { applicationOptions, type ApplicationOptionInput } from '../../config/application-options.ts';
import type { EmbeddedBrokerOptionInput } from '../../config/embedded-broker-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import type { SchemaRegistryOptionInput } from '../../config/schema-registry-options.ts';
import type { Logger } from '../../core/logger.ts';
import { awaitBroker } from '../host/await-broker.ts';
import { openSchemaRegistry } from '../host/schema-registry.ts';
import { listenForStop } from '../stop-signals.ts';

/** How the registry is served. */
export interface RegistryCommandOptions {
  readonly application: ApplicationOptionInput;
  readonly broker: EmbeddedBrokerOptionInput;
  readonly kafka: KafkaOptionInput;
  readonly schemaRegistry: SchemaRegistryOptionInput;
}

/** Serves the schema registry until SIGINT or SIGTERM. Throws what keeps it from starting. */
export async function registryCommand(options: RegistryCommandOptions, logger: Logger): Promise<void> {
  const config = parseOptions(applicationOptions, options.application);
  const signals = listenForStop(logger);
  try {
    const broker = await awaitBroker(config, { ...options, logger, signal: signals.signal });
    try {
      const { dataDirectory } = config;
      const schemas = await openSchemaRegistry({ input: options.schemaRegistry, broker, dataDirectory, logger });
      logger.info('running; Ctrl-C stops', { url: schemas.url });
      await signals.requested;
      await schemas.close();
    } finally {
      await broker.close();
    }
  } finally {
    signals.release();
  }
}
