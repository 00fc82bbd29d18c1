import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { BinlogDecoder, type BinlogDecoderOptions } from '../../../../src/mysql/binlog/binlog-decoder.ts';
import type { BinlogEvent } from '../../../../src/mysql/binlog/binlog-reader.ts';
import type { TableSchema } from '../../../../src/mysql/schema/column-schema.ts';
import { CharsetDecoders } from '../../../../src/mysql/values/charset-decoder.ts';
import { RowCodec } from '../../../../src/mysql/values/row-codec.ts';

const MAGIC_BYTES = 4;
const CHECKSUM_BYTES = 4;
const FORMAT_DESCRIPTION = 15;

/** Tables of the recorded binlog whose rows have all their columns. */
const RECORDED_TABLES =
  't_int t_dec t_flt t_bit t_time t_dt t_str t_bin t_es t_json t_geom t_vec t_gen t_pj t_cmp t_tag t_xa t_names t_drift t_nopk'.split(
    ' ',
  );

const charsets = new CharsetDecoders();

/** The events of a binlog that MySQL 9.7.4 wrote, with values of every type; header and checksum included. */
export function recordedEvents(): Buffer[] {
  const file = readFileSync(new URL('../fixtures/mysql-9.7.4.binlog', import.meta.url));
  const events: Buffer[] = [];
  for (let at = MAGIC_BYTES; at < file.length; at += file.readUInt32LE(at + 9)) {
    events.push(file.subarray(at, at + file.readUInt32LE(at + 9)));
  }
  return events;
}

/** The same events as a server writes them that makes no checksums. */
export function withoutChecksums(events: readonly Buffer[]): Buffer[] {
  return events.map((event) => {
    const isFormat = event[4] === FORMAT_DESCRIPTION;
    const copy = Buffer.from(isFormat ? event : event.subarray(0, -CHECKSUM_BYTES));
    if (isFormat) {
      copy.fill(0, copy.length - CHECKSUM_BYTES - 1);
    } else {
      copy.writeUInt32LE(copy.length, 9);
    }
    return copy;
  });
}

/** An event with its checksum made anew. */
export function withChecksum(event: Buffer): Buffer {
  const copy = Buffer.from(event);
  copy.writeUInt32LE(crc32(copy.subarray(0, -CHECKSUM_BYTES)), copy.length - CHECKSUM_BYTES);
  return copy;
}

/** A decoder of the recorded tables, or of these. */
export function createDecoder(options: Partial<BinlogDecoderOptions> = {}): BinlogDecoder {
  return new BinlogDecoder({
    tables: [...RECORDED_TABLES, 't_min', 't_trunc'].map((table) => ({ database: 'probe', table })),
    naming: { charsetOf: charsetOfRecorded, decode: (charset, bytes) => charsets.get(charset)(bytes) },
    ...options,
  });
}

/** Decodes one event to its end. */
export async function decodeOne(decoder: BinlogDecoder, event: Buffer): Promise<BinlogEvent[]> {
  const out: BinlogEvent[] = [];
  const pending = decoder.decode(event, out);
  if (pending !== undefined) await pending;
  while (decoder.isBusy) {
    const proceeding = decoder.proceed(out);
    if (proceeding !== undefined) await proceeding;
  }
  return out;
}

/** Decodes events, one after the other. */
export async function decodeAll(events: readonly Buffer[], decoder = createDecoder()): Promise<BinlogEvent[]> {
  const out: BinlogEvent[] = [];
  for (const event of events) out.push(...(await decodeOne(decoder, event)));
  return out;
}

/** Rows of a decoded event as JSON text; none for other events, and where columns are missing. */
export function jsonRows(event: BinlogEvent): string[] {
  if (event.kind !== 'rows' || !event.isComplete) return [];
  const codec = codecOf(event.table);
  return event.rows.map((row) => codec.encodeBinlogValue(row));
}

const codecs = new WeakMap<TableSchema, RowCodec>();

function codecOf(table: TableSchema): RowCodec {
  let codec = codecs.get(table);
  if (codec === undefined) {
    codec = new RowCodec(table, { bigint: 'bigint', decoderOf: (charset) => charsets.get(charset) });
    codecs.set(table, codec);
  }
  return codec;
}

const RECORDED_CHARSETS: Readonly<{ [collation: number]: string }> = {
  1: 'big5',
  3: 'dec8',
  7: 'koi8r',
  8: 'latin1',
  9: 'latin2',
  11: 'ascii',
  13: 'sjis',
  18: 'tis620',
  19: 'euckr',
  28: 'gbk',
  33: 'utf8mb3',
  35: 'ucs2',
  51: 'cp1251',
  54: 'utf16',
  60: 'utf32',
  63: 'binary',
  76: 'utf8mb3',
  248: 'gb18030',
  255: 'utf8mb4',
};

/** The character set of a collation of the recorded binlog. */
function charsetOfRecorded(collation: number): string {
  return RECORDED_CHARSETS[collation] ?? 'utf8mb4';
}
