import { MillraceError } from '../../../core/millrace-error.ts';
import { nearestName } from '../../../core/nearest-name.ts';
import type { TableName } from '../../schema/column-schema.ts';
import { columnRulesOf } from './column-rules-of.ts';
import { connectorKey, CONNECTOR_KEYS } from './connector-keys.ts';
import type { DebeziumOptions, SkippableOperation } from './debezium-options.ts';
import { NameList, nameFilter } from './name-list.ts';

/** A connector's configuration, by key. */
export type ConnectorSettings = Readonly<{ [key: string]: string }>;

/** What a connector's configuration says. */
export interface ConnectorConfig {
  readonly options: DebeziumOptions;
  readonly server: ConnectorServer;
  /** `snapshot.mode`, in Debezium's words. */
  readonly snapshotMode: string;
  readonly snapshotLocking: 'auto' | 'none';
  /** The registry of the converters; null where neither writes Avro. */
  readonly registry: ConnectorRegistry | null;
  isCaptured(table: TableName): boolean;
  /** Keys that have no effect, each with the reason. */
  readonly withoutEffect: readonly { readonly key: string; readonly note: string }[];
}

/** Where the server is, as the configuration has it; absent parts are for others to know. */
export interface ConnectorServer {
  readonly host: string | undefined;
  readonly port: string | undefined;
  readonly user: string | undefined;
  readonly password: string | undefined;
  readonly serverId: number | undefined;
  readonly sslMode: string;
}

/** Where a converter's registry is, and who asks it; what is absent is for others to know. */
export interface ConnectorRegistry {
  readonly schemaRegistry?: string;
  /** `user:password` */
  readonly schemaRegistryUser?: string;
  readonly schemaRegistryToken?: string;
}

const AVRO_CONVERTER = 'io.confluent.connect.avro.AvroConverter';

const SYSTEM_DATABASES = new Set(['mysql', 'information_schema', 'performance_schema', 'sys']);

/**
 * Reads the JSON of a connector, as Kafka Connect takes it: the settings, or an object that has them in `config`.
 * Throws CONFIG_INVALID for what is no such thing, for keys that are not known, and for keys and values that would change
 * records in a way that is not supported; all of them at once.
 */
export function parseConnectorConfig(json: string): ConnectorConfig {
  const settings = readSettings(json);
  refuseUnsupported(settings);
  const server: ConnectorServer = {
    host: settings['database.hostname'],
    port: settings['database.port'],
    user: settings['database.user'],
    password: settings['database.password'],
    serverId: settings['database.server.id'] === undefined ? undefined : Number(settings['database.server.id']),
    sslMode: settings['database.ssl.mode'] ?? 'preferred',
  };
  return {
    options: optionsOf(settings),
    server,
    snapshotMode: settings['snapshot.mode'] ?? 'initial',
    snapshotLocking: settings['snapshot.locking.mode'] === 'none' ? 'none' : 'auto',
    registry: registryOf(settings),
    isCaptured: tableFilter(settings),
    withoutEffect: Object.keys(settings).flatMap((key) => {
      const known = connectorKey(key);
      return known?.support === 'without effect' ? [{ key, note: known.note }] : [];
    }),
  };
}

function readSettings(json: string): ConnectorSettings {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (error) {
    throw new MillraceError('CONFIG_INVALID', 'Expected the connector configuration to be JSON', { cause: error });
  }
  const wrapped = parsed as { config?: unknown } | null;
  const settings = typeof wrapped?.config === 'object' ? wrapped.config : parsed;
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings))
    throw new MillraceError('CONFIG_INVALID', 'Expected the connector configuration to be a JSON object of settings');
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value).trim()]));
}

function refuseUnsupported(settings: ConnectorSettings): void {
  const reasons = Object.entries(settings).flatMap(([key, value]) => {
    const known = connectorKey(key);
    if (known === undefined) return [unknownKey(key)];
    if (known.support === 'refused') return [`\`${key}\` is not supported: ${known.note}`];
    if (known.only === undefined || known.only.includes(value)) return [];
    return [`\`${key}\` must be ${known.only.join(' or ')}, got ${value}: ${known.note}`];
  });
  if (settings['topic.prefix'] === undefined) reasons.push('`topic.prefix` must be given');
  if (reasons.length === 0) return;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected a connector configuration that can be followed to the letter, got ${reasons.length} that cannot:\n- ${reasons.join('\n- ')}`,
  );
}

function unknownKey(key: string): string {
  const nearest = nearestName(
    key,
    CONNECTOR_KEYS.map((known) => known.key),
  );
  return `\`${key}\` is not known${nearest === null ? '' : `: did you mean \`${nearest}\`?`}`;
}

function optionsOf(settings: ConnectorSettings): DebeziumOptions {
  const flag = (key: string, otherwise: boolean) => (settings[key] ?? String(otherwise)) === 'true';
  const text = (key: string, otherwise: string) => settings[key] ?? otherwise;
  const topicPrefix = text('topic.prefix', '');
  const delimiter = text('topic.delimiter', '.');
  const sourceColumns = new NameList(text('column.propagate.source.type', ''), 'column.propagate.source.type');
  const sourceTypes = new NameList(text('datatype.propagate.source.type', ''), 'datatype.propagate.source.type');
  return {
    topicPrefix,
    topicDelimiter: delimiter,
    decimalMode: text('decimal.handling.mode', 'precise') as DebeziumOptions['decimalMode'],
    unsignedBigintMode: text('bigint.unsigned.handling.mode', 'long') as DebeziumOptions['unsignedBigintMode'],
    temporalMode: text('time.precision.mode', 'adaptive_time_microseconds') as DebeziumOptions['temporalMode'],
    binaryMode: text('binary.handling.mode', 'bytes') as DebeziumOptions['binaryMode'],
    // A setting of JSON's converter.
    numericDecimals:
      settings['value.converter.decimal.format'] === 'NUMERIC' && settings['value.converter'] !== AVRO_CONVERTER,
    keySchemas: flag('key.converter.schemas.enable', true),
    valueSchemas: flag('value.converter.schemas.enable', true),
    avroKeys: settings['key.converter'] === AVRO_CONVERTER,
    avroValues: settings['value.converter'] === AVRO_CONVERTER,
    tombstonesOnDelete: flag('tombstones.on.delete', true),
    skippedOperations: skippedOperations(text('skipped.operations', 't')),
    skipUnchanged: flag('skip.messages.without.change', false),
    transactionMetadata: flag('provide.transaction.metadata', false),
    transactionTopic: `${topicPrefix}${delimiter}${text('topic.transaction', 'transaction')}`,
    includeSchemaChanges: flag('include.schema.changes', true),
    includeSchemaComments: flag('include.schema.comments', false),
    includeQuery: flag('include.query', false),
    heartbeatIntervalMs: Number(text('heartbeat.interval.ms', '0')),
    heartbeatTopic: `${text('topic.heartbeat.prefix', '__debezium-heartbeat')}${delimiter}${topicPrefix}`,
    unavailablePlaceholder: text('unavailable.value.placeholder', '__debezium_unavailable_value'),
    schemaNames: text('schema.name.adjustment.mode', 'none') as DebeziumOptions['schemaNames'],
    fieldNames: text('field.name.adjustment.mode', 'none') as DebeziumOptions['fieldNames'],
    propagatesSourceType: (column, typeName) =>
      sourceColumns.matches(column) || sourceTypes.matches(`${column.slice(0, column.lastIndexOf('.'))}.${typeName}`),
    columns: columnRulesOf(settings),
    keyColumnsOf: keyColumns(text('message.key.columns', '')),
  };
}

/** Both converters ask one registry, as there is one for what is captured. */
function registryOf(settings: ConnectorSettings): ConnectorRegistry | null {
  const parts = ['key', 'value'].filter((part) => settings[`${part}.converter`] === AVRO_CONVERTER);
  if (parts.length === 0) return null;
  const said = (key: string): string | undefined => {
    const values = new Set(parts.map((name) => settings[`${name}.converter.${key}`]));
    if (values.size === 1) return [...values][0];
    throw new MillraceError('CONFIG_INVALID', `Expected \`*.converter.${key}\` to be the same for keys and values`);
  };
  const url = said('schema.registry.url');
  const user = said('basic.auth.user.info');
  const token = said('bearer.auth.token');
  return {
    ...(url === undefined ? {} : { schemaRegistry: url }),
    ...(user === undefined ? {} : { schemaRegistryUser: user }),
    ...(token === undefined ? {} : { schemaRegistryToken: token }),
  };
}

function skippedOperations(text: string): ReadonlySet<SkippableOperation> {
  const names = text.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !['c', 'u', 'd', 't', 'none'].includes(name));
  if (wrong !== undefined) {
    throw new MillraceError(
      'CONFIG_INVALID',
      `Expected \`skipped.operations\` to have c, u, d, t or none, got ${wrong}`,
    );
  }
  return new Set(names.filter((name) => name !== 'none') as SkippableOperation[]);
}

function tableFilter(settings: ConnectorSettings): (table: TableName) => boolean {
  const ofDatabase = nameFilter(settings, 'database');
  const ofTable = nameFilter(settings, 'table');
  return ({ database, table }) =>
    !SYSTEM_DATABASES.has(database.toLowerCase()) && ofDatabase(database) && ofTable(`${database}.${table}`);
}

/** `database.table:a,b;pattern:c`: the first pattern that fits counts. */
function keyColumns(text: string): DebeziumOptions['keyColumnsOf'] {
  const rules = text
    .split(';')
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const colon = part.lastIndexOf(':');
      if (colon < 0) {
        throw new MillraceError(
          'CONFIG_INVALID',
          `Expected \`message.key.columns\` to be database.table:column,column;…, got ${part}`,
        );
      }
      return {
        tables: new NameList(part.slice(0, colon).trim(), 'message.key.columns'),
        columns: part
          .slice(colon + 1)
          .split(',')
          .map((column) => column.trim()),
      };
    });
  return (table) => rules.find((rule) => rule.tables.matches(table))?.columns;
}
