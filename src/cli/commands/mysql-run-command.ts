import { readFile } from 'node:fs/promises';
import { type ApplicationOptionInput, applicationOptions } from '../../config/application-options.ts';
import type { EmbeddedBrokerOptionInput } from '../../config/embedded-broker-options.ts';
import type { KafkaOptionInput } from '../../config/kafka-options.ts';
import { type MysqlOptionInput, mysqlOptions } from '../../config/mysql-options.ts';
import { parseOptions } from '../../config/options.ts';
import type { SchemaRegistryOptionInput } from '../../config/schema-registry-options.ts';
import type { ServerOptionInput } from '../../config/server-options.ts';
import type { Logger } from '../../core/logger.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { parseConnectorConfig } from '../../mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../../mysql/format/debezium/debezium-format.ts';
import { connectorUrl } from '../../mysql/format/debezium/connector-url.ts';
import type { RecordFormat } from '../../mysql/format/record-format.ts';
import { RowFormat } from '../../mysql/format/row-format.ts';
import type { TableName } from '../../mysql/schema/column-schema.ts';
import { findTables } from '../../mysql/schema/find-tables.ts';
import type { MySqlSourceOptions, SnapshotMode } from '../../mysql/source/mysql-source.ts';
import type { SchemaRegistry } from '../../serde/registry/schema-registry.ts';
import { awaitBroker } from '../host/await-broker.ts';
import { captureOf } from '../capture/capture.ts';
import { type Host, RunningHost } from '../host/running-host.ts';
import { runUntilStopped } from '../host/run-until-stopped.ts';
import { limitYoungGeneration } from '../host/limit-young-generation.ts';
import { listenForStop } from '../stop-signals.ts';

/** What `mysql run` takes. */
export interface MysqlRunOptions {
  readonly application: ApplicationOptionInput;
  readonly broker: EmbeddedBrokerOptionInput;
  readonly kafka: KafkaOptionInput;
  readonly mysql: MysqlOptionInput;
  /** How its HTTP API is served: status, health and metrics. */
  readonly server: ServerOptionInput;
  /** `database.table` of those to capture; without any, the tables of the database in the URL. */
  readonly tables: readonly string[];
  /** The file of a Debezium connector's configuration, which then says what is captured, and how it is written. */
  readonly debeziumConfig: string | undefined;
  readonly resnapshot: readonly string[];
  /** Where the schemas are of what is written as Avro. */
  readonly schemaRegistry: SchemaRegistryOptionInput;
}

/** A snapshot needs 100 MB less with it than with what V8 lets it grow to, and no more CPU. */
const YOUNG_GENERATION_BYTES = 16 << 20;

/** Captures tables into topics until SIGINT or SIGTERM, without any topology. Throws what the source ends with. */
export async function mysqlRunCommand(options: MysqlRunOptions, logger: Logger): Promise<void> {
  const plan = await sourceOptions(options, logger);
  const signals = listenForStop(logger);
  const endLimit = limitYoungGeneration(YOUNG_GENERATION_BYTES);
  try {
    await runUntilStopped({
      start: (signal) => startCaptureHost(plan, { ...options, signal }, logger),
      signals,
      logger,
      facts: { tables: plan.tables.length, topicPrefix: plan.topicPrefix },
    });
  } finally {
    endLimit();
    signals.release();
  }
}

/** Starts what captures, the HTTP API that tells of it, and what commands reach it by; all or none. */
async function startCaptureHost(
  { registry, formatWith, ...plan }: RunPlan,
  options: MysqlRunOptions & { readonly signal: AbortSignal },
  logger: Logger,
): Promise<Host> {
  const config = parseOptions(applicationOptions, options.application);
  const broker = await awaitBroker(config, { ...options, logger });
  const host = new RunningHost(broker);
  host.stopWith(options.signal);
  try {
    await host.openApi(options.server, { applicationServer: null, hasApplications: false, logger });
    const { dataDirectory, partitions } = config;
    const format = await formatOf({ registry, formatWith }, { host, dataDirectory, logger });
    const capture = captureOf({ ...plan, format }, { broker, partitions, logger, rowRegistry: null });
    await host.startCapture(capture, { dataDirectory, topicPrefix: plan.topicPrefix });
    host.endWith(capture);
    return host;
  } catch (error) {
    await host.stop().catch((also: unknown) => logger.debug('could not stop in order', { error: also }));
    throw error;
  }
}

/** The format of a plan, with the registry that it asks for opened. */
async function formatOf(
  { registry, formatWith }: Pick<RunPlan, 'registry' | 'formatWith'>,
  { host, dataDirectory, logger }: { host: RunningHost; dataDirectory: string; logger: Logger },
): Promise<RecordFormat> {
  if (registry === null) return formatWith(null);
  const asked = { topologies: [], isNeeded: true, schemaRegistry: registry };
  const { schemaRegistry } = await host.openSchemas(asked, { dataDirectory }, logger);
  return formatWith(schemaRegistry ?? null);
}

type RunPlan = Pick<MySqlSourceOptions, 'url' | 'tables' | 'topicPrefix' | 'bigint' | 'resnapshot'> &
  Partial<
    Pick<
      MySqlSourceOptions,
      'serverId' | 'snapshotLocking' | 'snapshotMode' | 'discover' | 'schemaChanges' | 'quarantineTopic'
    >
  > & {
    /** Where schemas are kept; null where what is written needs none. */
    readonly registry: SchemaRegistryOptionInput | null;
    /** The format, with the schemas there. */
    readonly formatWith: (registry: SchemaRegistry | null) => RecordFormat;
  };

async function sourceOptions(options: MysqlRunOptions, logger: Logger): Promise<RunPlan> {
  const { debeziumConfig, schemaRegistry } = options;
  if (debeziumConfig !== undefined) return connectorPlan(debeziumConfig, options, logger);
  const { mysqlUrl: url, serverId, rowEncoding, ...others } = parseOptions(mysqlOptions, options.mysql);
  const names = new Set(options.tables);
  const tables = await findTables(url, ({ database, table }, named) =>
    names.size === 0 ? database === named : names.has(`${database}.${table}`),
  );
  const resnapshot = chosen(options.resnapshot, tables);
  return {
    url,
    tables,
    resnapshot,
    ...others,
    ...(serverId === null ? {} : { serverId }),
    registry: rowEncoding === 'avro' ? schemaRegistry : null,
    formatWith: (registry) => new RowFormat(others.topicPrefix, registry),
  };
}

async function connectorPlan(file: string, options: MysqlRunOptions, logger: Logger): Promise<RunPlan> {
  const config = parseConnectorConfig(await readConfig(file));
  for (const { key, note } of config.withoutEffect) logger.warn('key without effect', { key, note });
  const url = options.mysql.mysqlUrl ?? connectorUrl(config.server);
  const tables = await findTables(url, (table) => config.isCaptured(table));
  const serverId = options.mysql.serverId ?? config.server.serverId;
  return {
    url,
    tables,
    topicPrefix: config.options.topicPrefix,
    bigint: 'bigint',
    registry: config.registry === null ? null : { ...config.registry, ...given(options.schemaRegistry) },
    formatWith: (registry) => new DebeziumFormat(config.options, () => Date.now(), registry),
    snapshotLocking: config.snapshotLocking,
    resnapshot: chosen(options.resnapshot, tables),
    snapshotMode: SNAPSHOT_MODES[config.snapshotMode] ?? (config.snapshotMode as SnapshotMode),
    discover: (table) => config.isCaptured(table),
    schemaChanges: options.mysql.schemaChanges ?? 'evolve',
    quarantineTopic: options.mysql.quarantineTopic ?? null,
    ...(serverId === undefined || serverId === null ? {} : { serverId }),
  };
}

/** What the command line or the environment says. */
function given(input: SchemaRegistryOptionInput): SchemaRegistryOptionInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

/** Which of the captured tables are named; `all` is every one. */
function chosen(names: readonly string[], tables: readonly TableName[]): readonly TableName[] {
  return names.flatMap((name) => {
    if (name === 'all') return tables;
    const table = tables.find((candidate) => `${candidate.database}.${candidate.table}` === name);
    if (table !== undefined) return [table];
    throw new MillraceError('CONFIG_INVALID', `Expected a captured table to snapshot anew, got \`${name}\``);
  });
}

const SNAPSHOT_MODES: { readonly [mode: string]: SnapshotMode } = { no_data: 'never', schema_only: 'never' };

async function readConfig(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const got = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new MillraceError('CONFIG_INVALID', `Expected a connector configuration in ${file}, got ${got}`, {
      cause: error,
    });
  }
}
