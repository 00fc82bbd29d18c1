import { readFile } from 'node:fs/promises';
import { type ApplicationOptionInput, applicationOptions } from '../config/application-options.ts';
import type { EmbeddedBrokerOptionInput } from '../config/embedded-broker-options.ts';
import type { KafkaOptionInput } from '../config/kafka-options.ts';
import { type MysqlOptionInput, mysqlOptions } from '../config/mysql-options.ts';
import { parseOptions } from '../config/options.ts';
import type { ServerOptionInput } from '../config/server-options.ts';
import type { Logger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { parseConnectorConfig } from '../mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../mysql/format/debezium/debezium-format.ts';
import { connectorUrl } from '../mysql/format/debezium/connector-url.ts';
import type { TableName } from '../mysql/schema/column-schema.ts';
import { findTables } from '../mysql/schema/find-tables.ts';
import type { MySqlSourceOptions, SnapshotMode } from '../mysql/source/mysql-source.ts';
import { captureOf } from './capture.ts';
import { openBroker } from './open-broker.ts';
import { type Host, RunningHost } from './running-host.ts';
import { runUntilStopped } from './run-until-stopped.ts';
import { listenForStop } from './stop-signals.ts';

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
}

/** Captures tables into topics until SIGINT or SIGTERM, without any topology. Throws what the source ends with. */
export async function mysqlRunCommand(options: MysqlRunOptions, logger: Logger): Promise<void> {
  const plan = await sourceOptions(options, logger);
  const signals = listenForStop(logger);
  try {
    const host = await startCaptureHost(plan, options, logger);
    logger.info('running; Ctrl-C stops', { tables: plan.tables.length, topicPrefix: plan.topicPrefix });
    await runUntilStopped(host, signals, logger);
  } finally {
    signals.release();
  }
}

/** Starts what captures, the HTTP API that tells of it, and what commands reach it by; all or none. */
async function startCaptureHost(plan: Plan, options: MysqlRunOptions, logger: Logger): Promise<Host> {
  const config = parseOptions(applicationOptions, options.application);
  const broker = await openBroker(config, { ...options, logger });
  const host = new RunningHost(broker);
  try {
    await host.openApi(options.server, null, logger);
    const { dataDirectory, partitions } = config;
    const capture = captureOf(plan, { broker, partitions, logger });
    await host.startCapture(capture, { dataDirectory, topicPrefix: plan.topicPrefix });
    host.endWith(capture);
    return host;
  } catch (error) {
    await host.stop().catch((also: unknown) => logger.debug('could not stop in order', { error: also }));
    throw error;
  }
}

type Plan = Pick<MySqlSourceOptions, 'url' | 'tables' | 'topicPrefix' | 'bigint' | 'resnapshot'> &
  Partial<
    Pick<MySqlSourceOptions, 'format' | 'serverId' | 'snapshotLocking' | 'snapshotMode' | 'discover' | 'schemaChanges'>
  >;

async function sourceOptions(options: MysqlRunOptions, logger: Logger): Promise<Plan> {
  const { debeziumConfig } = options;
  if (debeziumConfig !== undefined) return connectorPlan(debeziumConfig, options, logger);
  const { mysqlUrl: url, serverId, ...others } = parseOptions(mysqlOptions, options.mysql);
  const names = new Set(options.tables);
  const tables = await findTables(url, ({ database, table }, named) =>
    names.size === 0 ? database === named : names.has(`${database}.${table}`),
  );
  const resnapshot = chosen(options.resnapshot, tables);
  return { url, tables, resnapshot, ...others, ...(serverId === null ? {} : { serverId }) };
}

async function connectorPlan(file: string, options: MysqlRunOptions, logger: Logger): Promise<Plan> {
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
    format: new DebeziumFormat(config.options, () => Date.now()),
    snapshotLocking: config.snapshotLocking,
    resnapshot: chosen(options.resnapshot, tables),
    snapshotMode: SNAPSHOT_MODES[config.snapshotMode] ?? (config.snapshotMode as SnapshotMode),
    discover: (table) => config.isCaptured(table),
    schemaChanges: options.mysql.schemaChanges ?? 'evolve',
    ...(serverId === undefined || serverId === null ? {} : { serverId }),
  };
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
