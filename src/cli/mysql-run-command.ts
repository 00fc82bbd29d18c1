import { readFile } from 'node:fs/promises';
import { type ApplicationOptionInput, applicationOptions } from '../config/application-options.ts';
import type { EmbeddedBrokerOptionInput } from '../config/embedded-broker-options.ts';
import type { KafkaOptionInput } from '../config/kafka-options.ts';
import { type MysqlOptionInput, mysqlOptions } from '../config/mysql-options.ts';
import { parseOptions } from '../config/options.ts';
import type { Logger } from '../core/logger.ts';
import { MillraceError } from '../core/millrace-error.ts';
import { parseConnectorConfig } from '../mysql/format/debezium/connector-config.ts';
import { DebeziumFormat } from '../mysql/format/debezium/debezium-format.ts';
import { connectorUrl } from '../mysql/format/debezium/connector-url.ts';
import type { TableName } from '../mysql/schema/column-schema.ts';
import { findTables } from '../mysql/schema/find-tables.ts';
import type { MySqlSourceOptions, SnapshotMode } from '../mysql/source/mysql-source.ts';
import { captureOf } from './capture.ts';
import { type ControlSocket, openControlSocket } from './control-socket.ts';
import { controlCapture } from './control-capture.ts';
import type { Host } from './host.ts';
import { openBroker } from './open-broker.ts';
import { reportRegularly } from './report-regularly.ts';
import { StatusLog } from './status-log.ts';
import { listenForStop } from './stop-signals.ts';

/** What `mysql run` takes. */
export interface MysqlRunOptions {
  readonly application: ApplicationOptionInput;
  readonly broker: EmbeddedBrokerOptionInput;
  readonly kafka: KafkaOptionInput;
  readonly mysql: MysqlOptionInput;
  /** `database.table` of those to capture; without any, the tables of the database in the URL. */
  readonly tables: readonly string[];
  /** The file of a Debezium connector's configuration, which then says what is captured, and how it is written. */
  readonly debeziumConfig: string | undefined;
  readonly resnapshot: readonly string[];
}

/** Captures tables into topics until SIGINT or SIGTERM, without any topology. Throws what the source ends with. */
export async function mysqlRunCommand(options: MysqlRunOptions, logger: Logger): Promise<void> {
  const config = parseOptions(applicationOptions, options.application);
  const plan = await sourceOptions(options, logger);
  const signals = listenForStop(logger);
  const broker = await openBroker(config, { ...options, logger });
  const capture = captureOf(plan, { broker, partitions: config.partitions, logger });
  let control: ControlSocket | undefined;
  try {
    await capture.start();
    control = await openControlSocket(config.dataDirectory, controlCapture(capture, broker, plan.topicPrefix));
    logger.info('running; Ctrl-C stops', { tables: plan.tables.length, topicPrefix: plan.topicPrefix });
    const host: Host = {
      broker,
      apiUrl: null,
      get source() {
        return capture.source;
      },
      applications: new Map(),
      finished: capture.finished,
      stop: () => capture.stop(),
    };
    const status = new StatusLog(host, logger);
    const stopReporting = reportRegularly(status, logger);
    try {
      await Promise.race([signals.requested, capture.finished]);
    } finally {
      await stopReporting();
    }
    await capture.stop();
    status.summarize();
  } finally {
    signals.release();
    await control?.close();
    await capture.stop().catch((error: unknown) => logger.debug('could not stop in order', { error }));
    await broker.close();
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
