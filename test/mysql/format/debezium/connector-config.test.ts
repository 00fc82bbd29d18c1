import { describe, expect, test } from 'vitest';
import { parseConnectorConfig } from '../../../../src/mysql/format/debezium/connector-config.ts';
import { debeziumColumn } from '../../../../src/mysql/format/debezium/debezium-column.ts';
import type { ColumnSchema } from '../../../../src/mysql/schema/column-schema.ts';

const parse = (settings: object) => parseConnectorConfig(JSON.stringify({ 'topic.prefix': 'lab', ...settings }));

const COLUMN: ColumnSchema = {
  name: 'c',
  type: 'int',
  unsigned: false,
  charset: null,
  length: 0,
  scale: 0,
  members: [],
  nullable: true,
};

/** What a value of the row format becomes under these settings. */
function written(settings: object, column: Partial<ColumnSchema>, text: string | null): string {
  const { options } = parse(settings);
  const { field, convert, nullText } = debeziumColumn(
    { ...COLUMN, ...column },
    { options, details: undefined, rule: options.columns.ruleOf('db.t.c'), fullName: 'db.t.c' },
  );
  const value = text === null ? nullText : (convert?.(text) ?? text);
  return `${field.type}${field.name === undefined ? '' : ` ${field.name}`} ${value}`;
}

describe('columns are written as the modes say', () => {
  test.each([
    [{}, { type: 'decimal', scale: 2 }, '"-12345678.91"', 'bytes org.apache.kafka.connect.data.Decimal "tmn9LQ=="'],
    [{ 'decimal.handling.mode': 'string' }, { type: 'decimal', scale: 2 }, '"-1.50"', 'string "-1.50"'],
    [{ 'decimal.handling.mode': 'double' }, { type: 'decimal', scale: 2 }, '"-1.50"', 'double -1.5'],
    [
      { 'value.converter.decimal.format': 'NUMERIC' },
      { type: 'decimal', scale: 2 },
      '"-1.50"',
      'bytes org.apache.kafka.connect.data.Decimal -1.50',
    ],
    [{}, { type: 'bigint', unsigned: true }, '18446744073709551615', 'int64 18446744073709551615'],
    [
      { 'bigint.unsigned.handling.mode': 'precise' },
      { type: 'bigint', unsigned: true },
      '18446744073709551615',
      'bytes org.apache.kafka.connect.data.Decimal "AP//////////"',
    ],
    [{}, { type: 'date' }, '"2024-02-29"', 'int32 io.debezium.time.Date 19782'],
    [{}, { type: 'date' }, '"2023-02-29"', 'int32 io.debezium.time.Date null'],
    [{}, { type: 'date', nullable: false }, '"0000-00-00"', 'int32 io.debezium.time.Date 0'],
    [{}, { type: 'time' }, '"-838:59:59"', 'int64 io.debezium.time.MicroTime -3020399000000'],
    [
      { 'time.precision.mode': 'nanoseconds' },
      { type: 'time' },
      '"00:00:01"',
      'int64 io.debezium.time.NanoTime 1000000000',
    ],
    [
      { 'time.precision.mode': 'connect' },
      { type: 'time' },
      '"00:00:01"',
      'int32 org.apache.kafka.connect.data.Time 1000',
    ],
    [
      { 'time.precision.mode': 'connect' },
      { type: 'date' },
      '"1970-01-02"',
      'int32 org.apache.kafka.connect.data.Date 1',
    ],
    [
      { 'time.precision.mode': 'connect' },
      { type: 'datetime', scale: 6 },
      '"1969-12-31T23:59:59.999999"',
      'int64 org.apache.kafka.connect.data.Timestamp -1',
    ],
    [
      { 'time.precision.mode': 'microseconds' },
      { type: 'datetime' },
      '"9999-12-31T23:59:59"',
      'int64 io.debezium.time.MicroTimestamp 253402300799000000',
    ],
    [
      { 'time.precision.mode': 'isostring' },
      { type: 'date' },
      '"2024-02-29"',
      'string io.debezium.time.IsoDate "2024-02-29Z"',
    ],
    [{}, { type: 'blob' }, '"+/8="', 'bytes "+/8="'],
    [{ 'binary.handling.mode': 'base64' }, { type: 'blob' }, '"+/8="', 'string "+/8="'],
    [{ 'binary.handling.mode': 'base64-url-safe' }, { type: 'blob' }, '"+/8="', 'string "-_8="'],
    [{ 'binary.handling.mode': 'hex' }, { type: 'blob' }, '"+/8="', 'string "fbff"'],
    [{ 'column.mask.with.4.chars': 'db\\.t\\.c' }, { type: 'varchar' }, '"secret"', 'string "****"'],
    [{ 'column.mask.with.4.chars': 'db\\.t\\.c' }, { type: 'varchar' }, null, 'string "****"'],
    [{ 'column.mask.with.4.chars': 'db\\.t\\.c' }, { type: 'int' }, '5', 'int32 5'],
    [{ 'column.truncate.to.3.chars': 'db.*' }, { type: 'text' }, '"secret"', 'string "sec"'],
    // Hashed by Java: v1 as `ObjectOutputStream` writes the string, v2 its UTF-8 bytes.
    [
      { 'column.mask.hash.SHA-256.with.salt.s': 'DB\\.T\\.C' },
      { type: 'varchar' },
      '"abc"',
      'string "9def59998e2b5e8a04f59c82f0cea474d745f47dbcd70a1cafd6f7b93435a7e3"',
    ],
    [
      { 'column.mask.hash.SHA-256.with.salt.s': 'db\\.t\\.c' },
      { type: 'varchar' },
      '"é😀\\u0000"',
      'string "acf6262256f44ddf107d5025949385b3a6cc605faf77eea02d25f7fde1088a99"',
    ],
    [
      { 'column.mask.hash.v2.SHA-256.with.salt.s': 'db\\.t\\.c' },
      { type: 'varchar' },
      '"é😀\\u0000"',
      'string "0c5df6526d2573e9d901d1fb1731effb72ed3199c51a19e59a85f2e157684788"',
    ],
  ] as const)('%j %j %s', (settings, column, text, expected) => {
    expect(written(settings, column as Partial<ColumnSchema>, text)).toBe(expected);
  });

  test('a TIME that is no time of day is an error where one is all that can be written', () => {
    expect(() => written({ 'time.precision.mode': 'isostring' }, { type: 'time' }, '"24:00:00"')).toThrow(
      expect.objectContaining({ code: 'MYSQL_VALUE_UNREPRESENTABLE' }) as Error,
    );
  });
});

describe('lists', () => {
  test('are anchored, without regard to case, and split at commas outside of brackets', () => {
    const { isCaptured } = parse({ 'table.include.list': 'shop\\.orders_\\d{1,2}, shop\\.(a|b),SHOP\\.c' });
    const captured = (table: string) => isCaptured({ database: 'shop', table });

    expect(['orders_1', 'orders_12', 'a', 'b', 'C'].every(captured)).toBe(true);
    expect(['orders_123', 'xorders_1', 'ab'].some(captured)).toBe(false);
  });

  test('exclude, and never capture what is of the server itself', () => {
    const { isCaptured } = parse({ 'database.exclude.list': 'test.*' });

    expect(isCaptured({ database: 'shop', table: 'a' })).toBe(true);
    expect(isCaptured({ database: 'test1', table: 'a' })).toBe(false);
    expect(isCaptured({ database: 'mysql', table: 'user' })).toBe(false);
  });

  test('of columns leave out what they say, and keys have the columns that are named', () => {
    const { options } = parse({
      'column.exclude.list': 'shop\\.a\\.x',
      'message.key.columns': 'shop\\.a:k1,k2;shop\\.b:k3',
    });

    expect(options.columns.isIncluded('shop.a.x')).toBe(false);
    expect(options.columns.isIncluded('shop.a.y')).toBe(true);
    expect(options.keyColumnsOf('shop.a')).toEqual(['k1', 'k2']);
    expect(options.keyColumnsOf('shop.c')).toBeUndefined();
  });
});

test('Avro has the registry that its converters name', () => {
  const converter = (part: string) => ({
    [`${part}.converter`]: 'io.confluent.connect.avro.AvroConverter',
    [`${part}.converter.schema.registry.url`]: 'http://registry:8081',
    [`${part}.converter.basic.auth.credentials.source`]: 'USER_INFO',
    [`${part}.converter.basic.auth.user.info`]: 'a:b',
  });
  const both = parse({ ...converter('key'), ...converter('value') });
  const values = parse(converter('value'));

  expect(both).toMatchObject({
    options: { avroKeys: true, avroValues: true },
    registry: { schemaRegistry: 'http://registry:8081', schemaRegistryUser: 'a:b' },
  });
  expect(values).toMatchObject({ options: { avroKeys: false, avroValues: true } });
  expect(parse({}).registry).toBeNull();
});

describe('what cannot be followed is refused', () => {
  test.each([
    [{ 'value.converter': 'io.confluent.connect.protobuf.ProtobufConverter' }, /`value\.converter` must be/],
    [
      {
        'key.converter': 'io.confluent.connect.avro.AvroConverter',
        'key.converter.schema.registry.url': 'http://a',
        'value.converter': 'io.confluent.connect.avro.AvroConverter',
      },
      /schema\.registry\.url` to be the same/,
    ],
    [{ 'value.converter.replace.null.with.default': 'true' }, /NULL stays NULL/],
    [{ 'event.processing.failure.handling.mode': 'skip' }, /Nothing is skipped/],
    [{ 'time.precision.mode': 'adaptive' }, /must be adaptive_time_microseconds or/],
    [{ 'snapshot.select.statement.overrides': 'a.b' }, /is not supported/],
    [{ 'table.include.lists': 'a' }, /did you mean `table\.include\.list`/],
    [{ 'table.include.list': 'a', 'table.exclude.list': 'b' }, /got both/],
    [{ 'table.include.list': '(?i)a' }, /regular expressions that JavaScript knows too/],
    [{ 'skipped.operations': 'x' }, /to have c, u, d, t or none/],
    [{ 'column.mask.hash.NO-SUCH.with.salt.s': 'a' }, /a hash function that is known/],
  ])('%j', (settings, message) => {
    expect(() => parse(settings)).toThrow(message);
  });

  test('and what has no effect is told', () => {
    const { withoutEffect } = parse({ 'max.queue.size': '9', 'schema.history.internal.kafka.topic': 'h' });

    expect(withoutEffect.map(({ key }) => key)).toEqual(['max.queue.size', 'schema.history.internal.kafka.topic']);
  });
});
