import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFreePorts } from '../../../scripts/services/kafka-server.ts';
import type { MySqlServer } from '../../../scripts/services/mysql-server.ts';
import type { ProcessCommand } from '../measured-process.ts';
import { millraceProgram } from '../peers.ts';

/** Who captures; `millrace-as-debezium` writes Debezium's records. */
export const capturePeers = ['debezium', 'millrace', 'millrace-as-debezium'] as const;
export type CapturePeer = (typeof capturePeers)[number];

/** What is captured, and where to. */
export interface CapturePlan {
  readonly mysql: MySqlServer;
  /** `host:port`. */
  readonly bootstrap: string;
  /** `database.table`. */
  readonly table: string;
  readonly topicPrefix: string;
  readonly partitions: number;
  /** For offsets and configurations. */
  readonly directory: string;
}

type Properties = Readonly<Record<string, string>>;

/** The command by which a peer captures the table, from where it left off. `classPath` is that of `buildJavaPeer`. */
export async function captureCommandOf(
  peer: CapturePeer,
  plan: CapturePlan,
  classPath: string,
): Promise<ProcessCommand> {
  await mkdir(plan.directory, { recursive: true });
  if (peer === 'debezium') return debeziumCommand(plan, classPath);
  const to = ['--kafka', plan.bootstrap, '--data-dir', plan.directory, '--log-format', 'json'];
  const given = [...to, '--mysql', plan.mysql.url, '--partitions', String(plan.partitions)];
  if (peer === 'millrace') given.push('--topic-prefix', plan.topicPrefix, plan.table);
  else given.push('--debezium-config', await writeConnector(plan));
  return { ...millraceProgram('mysql', 'run', ...given), saysRunning: () => false };
}

/** Kafka Connect, standalone, with the defaults of both, and JSON without schemas. */
async function debeziumCommand(plan: CapturePlan, classPath: string): Promise<ProcessCommand> {
  const [port] = await findFreePorts(1);
  const worker = join(plan.directory, 'worker.properties');
  await writeProperties(worker, {
    'bootstrap.servers': plan.bootstrap,
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': 'false',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'offset.storage.file.filename': join(plan.directory, 'offsets'),
    listeners: `http://127.0.0.1:${port}`,
  });
  const connector = join(plan.directory, 'connector.properties');
  await writeProperties(connector, {
    name: plan.topicPrefix,
    'connector.class': 'io.debezium.connector.mysql.MySqlConnector',
    'topic.creation.default.replication.factor': '1',
    'topic.creation.default.partitions': String(plan.partitions),
    ...connectorOf(plan),
  });
  const logging = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
  return {
    command: 'java',
    args: ['-Xmx2g', logging, '-cp', classPath, main, worker, connector],
    saysRunning: () => false,
  };
}

/** What Debezium is told, and Millrace where it is to write the same. */
function connectorOf({ mysql, bootstrap, table, topicPrefix }: CapturePlan): Properties {
  return {
    'database.hostname': mysql.host,
    'database.port': String(mysql.port),
    'database.user': mysql.user,
    'database.password': mysql.password,
    'database.server.id': '4711',
    'topic.prefix': topicPrefix,
    'table.include.list': table.replace('.', String.raw`\.`),
    'schema.history.internal.kafka.bootstrap.servers': bootstrap,
    'schema.history.internal.kafka.topic': `${topicPrefix}-schema-history`,
    // So that each change is one record for everybody.
    'tombstones.on.delete': 'false',
  };
}

async function writeConnector(plan: CapturePlan): Promise<string> {
  const file = join(plan.directory, 'connector.json');
  const converter = (part: string): Properties => ({
    [`${part}.converter`]: 'org.apache.kafka.connect.json.JsonConverter',
    [`${part}.converter.schemas.enable`]: 'false',
  });
  await writeFile(file, JSON.stringify({ ...connectorOf(plan), ...converter('key'), ...converter('value') }));
  return file;
}

async function writeProperties(file: string, properties: Properties): Promise<void> {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`);
  await writeFile(file, lines.join(''));
}
