import type { ColumnRules } from './column-rules.ts';
import type { NameAdjustment } from './name-adjustment.ts';

/** How DECIMAL comes out: exact bytes, a double, or text. */
export type DecimalMode = 'precise' | 'double' | 'string';

/** How BIGINT UNSIGNED comes out: a 64-bit integer, or exact bytes as DECIMAL does. */
export type UnsignedBigintMode = 'long' | 'precise';

/** How DATE, TIME and DATETIME come out. */
export type TemporalMode = 'adaptive_time_microseconds' | 'connect' | 'isostring' | 'microseconds' | 'nanoseconds';

/** How bytes come out. */
export type BinaryMode = 'bytes' | 'base64' | 'base64-url-safe' | 'hex';

/** What an event is about: created, updated, deleted, truncated. */
export type SkippableOperation = 'c' | 'u' | 'd' | 't';

/** What Debezium's connector configuration says of its records; each is a key of it, and named after it. */
export interface DebeziumOptions {
  /** `topic.prefix`: the logical name of the server. */
  readonly topicPrefix: string;
  /** `topic.delimiter` */
  readonly topicDelimiter: string;
  readonly decimalMode: DecimalMode;
  readonly unsignedBigintMode: UnsignedBigintMode;
  readonly temporalMode: TemporalMode;
  readonly binaryMode: BinaryMode;
  /** `value.converter.decimal.format` is NUMERIC: exact decimals are written as numbers. */
  readonly numericDecimals: boolean;
  /** `key.converter.schemas.enable`, `value.converter.schemas.enable` */
  readonly keySchemas: boolean;
  readonly valueSchemas: boolean;
  /** `key.converter`, `value.converter`: Confluent's AvroConverter instead of JSON. */
  readonly avroKeys: boolean;
  readonly avroValues: boolean;
  readonly tombstonesOnDelete: boolean;
  readonly skippedOperations: ReadonlySet<SkippableOperation>;
  /** `skip.messages.without.change`: updates that change none of the columns that are told. */
  readonly skipUnchanged: boolean;
  /** `provide.transaction.metadata` */
  readonly transactionMetadata: boolean;
  /** The topic of BEGIN and END. */
  readonly transactionTopic: string;
  readonly includeSchemaChanges: boolean;
  readonly includeSchemaComments: boolean;
  readonly includeQuery: boolean;
  /** 0: no heartbeats. */
  readonly heartbeatIntervalMs: number;
  readonly heartbeatTopic: string;
  /** `unavailable.value.placeholder`: the value of text and bytes that the binlog does not have. */
  readonly unavailablePlaceholder: string;
  readonly schemaNames: NameAdjustment;
  readonly fieldNames: NameAdjustment;
  /** `propagate.source.type` of columns and of data types: whether a field's schema tells the column's type. */
  readonly propagatesSourceType: (column: string, typeName: string) => boolean;
  readonly columns: ColumnRules;
  /** `message.key.columns`: the columns of the key of a table (`database.table`); undefined for its own. */
  readonly keyColumnsOf: (table: string) => readonly string[] | undefined;
}

/** The version of Debezium whose format this is: what `source.version` says. */
export const DEBEZIUM_VERSION = '3.5.0.Final';
