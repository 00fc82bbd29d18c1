import type { AvroSchema } from '../../../serde/avro/avro-schema.ts';
import type { BinlogValue } from '../../values/column-codec.ts';
import type { AvroBytes } from './avro-bytes.ts';

/** Writes the values of one column as Avro; a row is the same as in JSON when it is read. */
export interface AvroCell {
  readonly type: AvroSchema;
  /** From the text protocol. */
  fromText(to: AvroBytes, bytes: Buffer): void;
  /** From a row image of the binlog. Throws MYSQL_EVENT_UNREADABLE, MYSQL_BIGINT_UNSAFE, MYSQL_VALUE_UNREPRESENTABLE. */
  fromBinlog(to: AvroBytes, value: BinlogValue): void;
}
