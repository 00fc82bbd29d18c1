import { applicationOptions } from './application-options.ts';
import { embeddedBrokerOptions } from './embedded-broker-options.ts';
import { kafkaOptions } from './kafka-options.ts';
import { loggingOptions } from './logging-options.ts';
import { mysqlOptions } from './mysql-options.ts';
import { schemaRegistryOptions } from './schema-registry-options.ts';
import { serverOptions } from './server-options.ts';
import type { OptionDeclarations, OptionGroup } from './option.ts';

/** Every group of options, in the order of the documentation. Names of options are unique over all groups. */
export const optionGroups: readonly OptionGroup<OptionDeclarations>[] = Object.freeze([
  applicationOptions,
  embeddedBrokerOptions,
  kafkaOptions,
  mysqlOptions,
  schemaRegistryOptions,
  serverOptions,
  loggingOptions,
]);
