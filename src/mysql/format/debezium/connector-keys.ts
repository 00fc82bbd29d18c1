/**
 * What becomes of a key of a connector's configuration. `used`: it does what it does in Debezium. `without effect`: nothing
 * depends on it here, and no record is another for it. `refused`: records would be others, so that a source does not start
 * with it.
 */
export type KeySupport = 'used' | 'without effect' | 'refused';

/** A key of a connector's configuration. */
export interface ConnectorKey {
  /** With `*` for any text. */
  readonly key: string;
  readonly support: KeySupport;
  /** The only values that are taken; others are refused. */
  readonly only?: readonly string[];
  /** What there is to know. */
  readonly note: string;
}

const used = (key: string, note: string, only?: readonly string[]): ConnectorKey => ({
  key,
  support: 'used',
  note,
  ...(only === undefined ? {} : { only }),
});
const idle = (key: string, note: string): ConnectorKey => ({ key, support: 'without effect', note });
const refused = (key: string, note: string): ConnectorKey => ({ key, support: 'refused', note });

const CONVERTERS = ['org.apache.kafka.connect.json.JsonConverter', 'io.confluent.connect.avro.AvroConverter'];
const BOOLEANS = ['true', 'false'];

/** Every key that is known; the first that fits counts. A key that is not here is refused. */
export const CONNECTOR_KEYS: readonly ConnectorKey[] = [
  used('connector.class', 'The connector of MySQL.', ['io.debezium.connector.mysql.MySqlConnector']),
  idle('name', 'Of the connector.'),
  idle('tasks.max', 'One source reads one server.'),
  used('topic.prefix', 'What names of topics and schemas begin with.'),
  used('database.hostname', 'The server.'),
  used('database.port', 'The server.'),
  used('database.user', 'Needs the grants of the section on grants.'),
  used('database.password', '`${env:NAME}` and `${file:PATH:KEY}` are replaced.'),
  used('database.server.id', 'The id that the server knows this replica by.'),
  used('database.ssl.mode', 'The authorities of the system are trusted, or those of `tls_ca` in `--mysql`.', [
    'disabled',
    'preferred',
    'required',
    'verify_ca',
    'verify_identity',
  ]),
  refused(
    'database.ssl.keystore*',
    'Give the certificate as PEM in the URL: `--mysql "mysql://…?tls_cert=…&tls_key=…"`.',
  ),
  refused('database.ssl.truststore*', 'Give the authorities as PEM in the URL: `--mysql "mysql://…?tls_ca=…"`.'),
  used('database.include.list', 'Anchored regular expressions.'),
  used('database.exclude.list', 'Anchored regular expressions.'),
  used('table.include.list', 'Anchored regular expressions of `database.table`.'),
  used('table.exclude.list', 'Anchored regular expressions of `database.table`.'),
  used('table.ignore.builtin', "The server's own tables are never captured.", ['true']),
  used('column.include.list', 'Anchored regular expressions of `database.table.column`; keys keep their columns.'),
  used('column.exclude.list', 'Anchored regular expressions of `database.table.column`; keys keep their columns.'),
  used('column.mask.with.*.chars', 'Text columns; NULL is masked too.'),
  used('column.truncate.to.*.chars', 'Text columns.'),
  used('column.mask.hash.v2.*.with.salt.*', 'Text columns; of the UTF-8 bytes.'),
  used('column.mask.hash.*.with.salt.*', 'Text columns; of the bytes that Java serializes a string to.'),
  used('column.propagate.source.type', 'Anchored regular expressions.'),
  used('datatype.propagate.source.type', 'Anchored regular expressions.'),
  used('message.key.columns', '`database.table:column,column;…`'),
  used('skipped.operations', 'Operations that make no events.'),
  used('skip.messages.without.change', 'Updates that change no column of the value.', BOOLEANS),
  used('tombstones.on.delete', 'A tombstone behind each removal.', BOOLEANS),
  used('decimal.handling.mode', 'DECIMAL.', ['precise', 'double', 'string']),
  used('bigint.unsigned.handling.mode', '`long` writes what does not fit into 64 bits exactly too, never wrapped.', [
    'long',
    'precise',
  ]),
  used(
    'time.precision.mode',
    'DATE, TIME and DATETIME. A TIME that is no time of day stops `connect` and `isostring`.',
    ['adaptive_time_microseconds', 'connect', 'isostring', 'microseconds', 'nanoseconds'],
  ),
  used('binary.handling.mode', 'BINARY, VARBINARY and BLOB.', ['bytes', 'base64', 'base64-url-safe', 'hex']),
  used('include.query', 'Needs binlog_rows_query_log_events.', BOOLEANS),
  used(
    'include.schema.changes',
    'The topic `<topic.prefix>`; tables are told of as they are when the statement is read.',
    BOOLEANS,
  ),
  used('include.schema.comments', 'Comments of columns in schema changes.', BOOLEANS),
  used('provide.transaction.metadata', 'The topic of BEGIN and END, and each event its place.', BOOLEANS),
  used('topic.transaction', 'Its name behind the prefix.'),
  used('topic.delimiter', 'Between the parts of names of topics.'),
  used('topic.naming.strategy', 'The usual one.', [
    'io.debezium.schema.SchemaTopicNamingStrategy',
    'io.debezium.schema.DefaultTopicNamingStrategy',
  ]),
  used('topic.heartbeat.prefix', 'Of the topic of heartbeats.'),
  used('heartbeat.interval.ms', '0 for none. The offset goes on without them.'),
  refused('heartbeat.action.query', 'Nothing is written to the server; the offset goes on without it.'),
  used('unavailable.value.placeholder', 'Of large values that the binlog does not have (binlog_row_image = NOBLOB).'),
  used('schema.name.adjustment.mode', 'Names of schemas.', ['none', 'avro', 'avro_unicode']),
  used('field.name.adjustment.mode', 'Names of fields.', ['none', 'avro', 'avro_unicode']),
  used('key.converter', 'JSON or Avro.', CONVERTERS),
  used('value.converter', 'JSON or Avro.', CONVERTERS),
  used(
    '*.converter.schema.registry.url',
    'Of Avro; `--schema-registry` counts before it. Without one, the own registry.',
  ),
  used('*.converter.basic.auth.credentials.source', 'Of Avro.', ['USER_INFO']),
  used('*.converter.basic.auth.user.info', 'Of Avro.'),
  used('*.converter.bearer.auth.credentials.source', 'Of Avro.', ['STATIC_TOKEN']),
  used('*.converter.bearer.auth.token', 'Of Avro.'),
  used('*.converter.auto.register.schemas', 'A new version of a table is registered when it is met.', ['true']),
  used('*.converter.use.latest.version', 'Rows are written by the schema of their table.', ['false']),
  used('*.converter.connect.meta.data', "Schemas have Connect's names and parameters.", ['true']),
  used('*.converter.enhanced.avro.schema.support', 'Enums are strings.', ['false']),
  used('*.converter.*.subject.name.strategy', 'Subjects are `<topic>-key` and `<topic>-value`.', [
    'io.confluent.kafka.serializers.subject.TopicNameStrategy',
  ]),
  used('key.converter.schemas.enable', 'Whether keys carry their schema.', BOOLEANS),
  used('value.converter.schemas.enable', 'Whether values carry their schema.', BOOLEANS),
  used('value.converter.decimal.format', 'How exact decimals are written.', ['BASE64', 'NUMERIC']),
  used('key.converter.decimal.format', 'As in values.', ['BASE64']),
  used('*.converter.replace.null.with.default', 'NULL stays NULL.', ['false']),
  idle('*.converter.schemas.cache.config', 'Schemas are written once for each version of a table.'),
  idle('*.converter.schemas.cache.size', 'Schemas are written once for each version of a table.'),
  idle('header.converter*', 'Headers are text; the keys in them are written as keys are.'),
  used('snapshot.mode', '`no_data` (`schema_only`) is `never`.', [
    'initial',
    'initial_only',
    'always',
    'when_needed',
    'no_data',
    'schema_only',
  ]),
  used('snapshot.locking.mode', '`minimal` and `extended` lock tables for some milliseconds where they must.', [
    'minimal',
    'extended',
    'none',
  ]),
  refused('snapshot.select.statement.overrides*', 'Rows of a snapshot are all rows of its table.'),
  refused('snapshot.include.collection.list', 'All captured tables are snapshotted.'),
  refused('snapshot.query.mode*', 'The queries are those of the snapshot.'),
  refused('snapshot.mode.c*', 'Only the modes named above.'),
  used('event.processing.failure.handling.mode', 'Nothing is skipped.', ['fail']),
  used('inconsistent.schema.handling.mode', 'Nothing is skipped.', ['fail']),
  used('event.converting.failure.handling.mode', 'Nothing becomes NULL.', ['fail']),
  used('errors.tolerance', 'Nothing is skipped.', ['none']),
  refused('errors.deadletterqueue*', 'Nothing is skipped.'),
  refused('transforms*', 'Transform in a topology.'),
  refused('predicates*', 'Transform in a topology.'),
  refused('converters', 'Columns are converted as the modes say.'),
  refused('post.processors*', 'Transform in a topology.'),
  refused('gtid.source.*', 'All transactions of the server are read.'),
  refused('gtid.ignore.on.recovery', 'A source goes on exactly where it was.'),
  refused('sanitize.field.names', 'Use `field.name.adjustment.mode`.'),
  refused('time.precision.mode.*', 'One mode for all columns.'),
  refused('guardrail.*', 'Name the tables.'),
  refused('connector.adapter', 'MySQL; MariaDB has a reader of its own.'),
  idle('binlog.net.*', 'Time limits of the connection are of the source.'),
  idle('binlog.buffer.size', 'A transaction that was rolled back is never in the binlog as committed.'),
  idle('connect.*', 'The source connects again by itself.'),
  idle('database.connection*', 'Sessions are in UTC.'),
  idle('database.query.timeout.ms', 'Time limits of the connection are of the source.'),
  idle('database.jdbc.*', 'There is no JDBC.'),
  idle('database.protocol', 'There is no JDBC.'),
  idle('database.initial.statements', 'Sessions are set up by the source.'),
  idle('driver.*', 'There is no JDBC.'),
  idle('ddl.parser.type', 'Events describe their own tables.'),
  used('enable.time.adjuster', 'The year 0001 stays 0001.', ['false']),
  idle('errors.*', 'The source connects again by itself.'),
  idle('exactly.once.support', 'Always.'),
  idle('transaction.boundary*', 'Rows and offset commit together.'),
  idle('schema.history.internal*', 'There is no history topic: events describe their own tables.'),
  idle('schema.refresh.mode', 'Events describe their own tables.'),
  idle('store.only.captured.*', 'There is no history topic.'),
  idle('signal.*', 'Signals: see `millrace mysql snapshot`.'),
  idle('notification.*', 'Progress is in logs, metrics and `millrace mysql status`.'),
  idle('incremental.snapshot.*', 'Snapshots are in chunks anyway.'),
  idle('read.only', 'Nothing is ever written to the server.'),
  idle('snapshot.*', 'How rows are read; the rows are the same.'),
  idle('legacy.snapshot.max.threads', 'How rows are read; the rows are the same.'),
  idle('streaming.delay.ms', 'Streaming begins at once.'),
  idle('min.row.count.to.stream.results', 'Rows are always streamed.'),
  idle('max.queue.size*', 'The source holds the server back by itself.'),
  idle('max.batch.size', 'Batches are as large as what has come.'),
  idle('poll.interval.ms', 'Nothing is polled.'),
  idle('query.fetch.size', 'Rows are always streamed.'),
  idle('offset.*', 'Offsets are in `<topic.prefix>.__offsets`.'),
  idle('topic.creation.*', 'Topics have the configured number of partitions and the broker’s defaults.'),
  idle('topic.cache.size', 'Nothing to choose.'),
  idle('retriable.restart.connector.wait.ms', 'The source connects again by itself.'),
  idle('producer.override.*', 'The producer is of the source.'),
  idle('custom.metric.tags', 'Metrics have their own names.'),
  idle('advanced.metrics.enable', 'Metrics have their own names.'),
  idle('skip.unparseable.ddl', 'Statements are not parsed for tables.'),
  idle('use.nongraceful.disconnect', 'The source closes its connections.'),
  idle('executor.shutdown.timeout.ms', 'The source ends after the transaction on its way.'),
  idle('openlineage.*', 'Not told.'),
];

/** What is known of a key; undefined for one that Debezium's documentation does not have either. */
export function connectorKey(name: string): ConnectorKey | undefined {
  return CONNECTOR_KEYS.find(({ key }) => matches(key, name));
}

function matches(pattern: string, name: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replaceAll(/[.\\^$+?()[\]{}|]/g, String.raw`\$&`));
  return new RegExp(`^${escaped.join('.*')}$`).test(name);
}
