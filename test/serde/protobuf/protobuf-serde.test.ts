import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LocalSchemaRegistry } from '../../../src/registry/local-schema-registry.ts';
import { protobuf, type ProtobufOptions } from '../../../src/serde/protobuf/protobuf-serde.ts';
import type { SchemaRegistry } from '../../../src/serde/registry/schema-registry.ts';
import type { Serde } from '../../../src/serde/serde.ts';

const shop = `
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "google/protobuf/duration.proto";
import "google/protobuf/wrappers.proto";

message Other { int32 x = 1; }
message Order {
  int64 id = 1;
  optional string note = 2;
  repeated string tags = 3;
  map<string, double> rates = 4;
  map<int64, Line> lines_by_id = 5;
  enum Status { NEW = 0; PAID = 1; }
  Status status = 6;
  message Line { int32 quantity = 1; Order of = 2; }
  oneof payment { string card = 7; Line goods = 8; }
  google.protobuf.Timestamp at = 9;
  google.protobuf.Duration took = 10;
  google.protobuf.Int64Value large = 11;
  bytes raw = 12;
  repeated sint64 numbers = 13;
  uint64 count = 14;
  float ratio = 15;
}`;
const empty = {
  id: 0,
  tags: [],
  rates: {},
  lines_by_id: {},
  status: 'NEW',
  raw: Buffer.alloc(0),
  numbers: [],
  count: 0,
  ratio: 0,
};
const order = {
  id: 7,
  note: '',
  tags: ['a', 'ü'],
  rates: { eur: 1.5, ['__proto__']: -0 },
  lines_by_id: { '-9223372036854775808': { quantity: -3 } },
  status: 'PAID',
  goods: { quantity: 1, of: { ...empty, id: 8 } },
  at: '2024-02-29T23:59:59.120Z',
  took: '-1.500s',
  large: 0,
  raw: Buffer.from([0, 255]),
  numbers: [1, -2, 0],
  count: 3,
  ratio: 0.5,
};

async function opened<T>(
  schema: string,
  options: ProtobufOptions & { readonly registry?: SchemaRegistry } = {},
): Promise<Serde<T>> {
  const { registry = new LocalSchemaRegistry(), ...rest } = options;
  const serde = protobuf<T>(schema, rest);
  await serde.open?.({ topic: 'orders', part: 'value', writes: true, registry });
  return serde;
}

function file(fields: string, message = 'Order'): string {
  return `syntax = "proto3"; package shop; message ${message} { ${fields} }`;
}

describe('a Protobuf serde', () => {
  test('writes the wire format: a zero byte, the id, the message, the value', async () => {
    const first = await opened<object>(file('int64 id = 1;'));
    expect(first.serialize({ id: 1 }).toString('hex')).toBe('0000000001' + '00' + '0801');
    const second = await opened<object>(shop, { message: 'Order' });
    expect(second.serialize({ id: 1 }).toString('hex')).toBe('0000000001' + '0202' + '0801');
    const nested = await opened<object>(shop, { message: 'shop.Order.Line' });
    expect(nested.serialize({ quantity: 1 }).toString('hex')).toBe('0000000001' + '040200' + '0801');
  });

  test('reads what it has written, of every type', async () => {
    const serde = await opened<object>(shop, { message: 'Order' });
    expect(serde.deserialize(serde.serialize(order))).toEqual(order);
    expect(serde.deserialize(serde.serialize({}))).toEqual(empty);
    expect(serde.deserialize(serde.serialize({ note: null, at: undefined }))).toEqual(empty);
    const value = serde.deserialize(serde.serialize(order)) as { rates: object };
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value.rates)).toEqual(['eur', '__proto__']);
  });

  test('reads 64-bit integers exactly, at every power of two and at random', async () => {
    const types = ['int64', 'sint64', 'sfixed64', 'uint64', 'fixed64'] as const;
    const schema = file(types.map((type, index) => `${type} ${type}_field = ${index + 1};`).join(' '));
    const exact = await opened<Record<string, unknown>>(schema, { bigint: 'bigint' });
    const asText = await opened<Record<string, unknown>>(schema, { bigint: 'string' });
    const strict = await opened<Record<string, unknown>>(schema);
    const check = (integer: bigint): void => {
      const isSafe = integer >= BigInt(Number.MIN_SAFE_INTEGER) && integer <= BigInt(Number.MAX_SAFE_INTEGER);
      for (const type of types) {
        const isUnsigned = !type.startsWith('s') && !type.startsWith('i');
        const fits = integer === (isUnsigned ? BigInt.asUintN(64, integer) : BigInt.asIntN(64, integer));
        const field = `${type}_field`;
        if (!fits) {
          expect(() => exact.serialize({ [field]: integer })).toThrow(
            expect.objectContaining({ code: 'SERIALIZATION_FAILED' }),
          );
          continue;
        }
        const bytes = exact.serialize({ [field]: integer });
        expect(exact.deserialize(bytes)[field]).toBe(isSafe ? Number(integer) : integer);
        expect(asText.deserialize(bytes)[field]).toBe(isSafe ? Number(integer) : integer.toString());
        expect(asText.serialize({ [field]: integer.toString() }).equals(bytes) || integer === 0n).toBe(true);
        if (!isSafe)
          expect(() => strict.deserialize(bytes)).toThrow(expect.objectContaining({ code: 'INTEGER_UNSAFE' }));
      }
    };
    for (let power = 0n; power <= 64n; power++) {
      for (const near of [-1n, 0n, 1n]) {
        check(2n ** power + near);
        check(-(2n ** power) + near);
      }
    }
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), check));
  });

  test('reads what another version wrote: new fields have their default, unknown ones are skipped', async () => {
    const registry = new LocalSchemaRegistry();
    const old = await opened<object>(file('int64 id = 1; string gone = 2;'), { registry });
    const young = await opened<object>(file('int64 id = 1; string added = 3; optional int32 more = 4;'), { registry });
    expect(young.deserialize(old.serialize({ id: 1, gone: 'x' }))).toEqual({ id: 1, added: '' });
    const later = young.serialize({ id: 2, added: 'x' });
    await old.prepare?.(later);
    expect(old.deserialize(later)).toEqual({ id: 2, gone: '' });
  });

  test('reads an enum number that its version has no name for, and writes it back', async () => {
    const registry = new LocalSchemaRegistry();
    const young = await opened<object>(`syntax="proto3"; message A { E e = 1; } enum E { X = 0; Y = 1; }`, {
      registry,
    });
    const old = await opened<object>(`syntax="proto3"; message A { E e = 1; } enum E { X = 0; }`, { registry });
    const bytes = young.serialize({ e: 'Y' });
    await old.prepare?.(bytes);
    expect(old.deserialize(bytes)).toEqual({ e: 1 });
    expect(old.serialize({ e: 1 }).subarray(5)).toEqual(bytes.subarray(5));
  });

  test('refuses to read what a version of another type wrote, which has the same bytes', async () => {
    const registry = new LocalSchemaRegistry();
    const other = protobuf<object>(file('sint32 id = 1;'));
    await other.open?.({ topic: 'others', part: 'value', writes: true, registry });
    const serde = await opened<object>(file('int32 id = 1;'), { registry });
    const bytes = other.serialize({ id: 3 });
    await serde.prepare?.(bytes);
    expect(() => serde.deserialize(bytes)).toThrow(/shop\.Order\.id.* is of another type/);
  });

  test('imports registered files', async () => {
    const registry = new LocalSchemaRegistry();
    const common = 'syntax = "proto3"; package shop; message Address { string city = 1; }';
    await registry.register('address', { type: 'PROTOBUF', schema: common, references: [] });
    const schema = 'syntax = "proto3"; package shop; import "address.proto"; message Customer { Address home = 1; }';
    const references = [{ name: 'address.proto', subject: 'address', version: 1 }];
    const serde = await opened<object>(schema, { registry, references });
    expect(serde.serialize({ home: { city: 'Ulm' } }).toString('hex')).toBe('0000000002' + '00' + '0a050a03556c6d');
    expect(serde.deserialize(serde.serialize({ home: { city: 'Ulm' } }))).toEqual({ home: { city: 'Ulm' } });
    expect(() => protobuf(schema)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
  });

  test('names subjects by the message', async () => {
    const registry = new LocalSchemaRegistry();
    await opened(shop, { registry, subject: 'record', message: 'Order' });
    await opened(shop, { registry, subject: 'topic-record', message: 'shop.Order' });
    expect(registry.latest('shop.Order')).not.toBeNull();
    expect(registry.latest('orders-shop.Order')).not.toBeNull();
  });
});

describe('bad Protobuf input', () => {
  test.each([
    ['no header', ''],
    ['another first byte', '01000000010008'],
    ['an id that nobody knows', '000000000900'],
    ['no message index', '0000000001'],
    ['a message that the file does not have', '000000000112'],
    ['another message of the file', '000000000100'],
    ['a field that ends early', '0000000001' + '0202' + '0a05'],
    ['a field that is longer than its message', '0000000001' + '0202' + '4201' + '08ff01'],
    ['text that is not UTF-8', '0000000001' + '0202' + '1201ff'],
    ["another type's wire format", '0000000001' + '0202' + '0a0101'],
    ['field number 0', '0000000001' + '0202' + '0001'],
    ['an integer of more than 32 bits', '0000000001' + '0202' + '4206' + '08ffffffff1f'],
    ['an entry with a key of another type', '0000000001' + '0202' + '22020801'],
  ])('%s is DESERIALIZATION_FAILED', async (_what, hex) => {
    const serde = await opened(shop, { message: 'Order' });
    const bytes = Buffer.from(hex, 'hex');
    await serde.prepare?.(bytes);
    expect(() => serde.deserialize(bytes)).toThrow(expect.objectContaining({ code: 'DESERIALIZATION_FAILED' }));
  });

  test('random bytes are read, or refused with a code', async () => {
    const serde = await opened(shop, { message: 'Order', bigint: 'bigint' });
    const header = Buffer.from('00000000010202', 'hex');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (random) => {
        let value: unknown;
        try {
          value = serde.deserialize(Buffer.concat([header, random]));
        } catch (error) {
          expect(error).toMatchObject({ code: 'DESERIALIZATION_FAILED' });
          return;
        }
        expect(serde.deserialize(serde.serialize(value))).toEqual(value);
      }),
    );
  });

  test.each([
    ['a field that the message does not have', { extra: 1 }, 'extra'],
    ['another type', { id: 'secret' }, 'id'],
    ['an integer that is too large', { goods: { quantity: 2 ** 31 } }, 'goods.quantity'],
    ['a negative number without a sign', { count: -1 }, 'count'],
    ['null where it could not be told from the default', { id: null }, 'id'],
    ['two fields of a oneof', { card: 'x', goods: {} }, 'card, goods'],
    ['half of a surrogate pair', { tags: ['\ud800'] }, 'tags'],
    ['a name that the enum does not have', { status: 'secret' }, 'status'],
    ['what is no timestamp', { at: '2024-02-30T00:00:00Z' }, 'at'],
    ['a key that is no integer', { lines_by_id: { secret: {} } }, 'lines_by_id'],
    ['no object', 'secret', ''],
  ])('%s is SERIALIZATION_FAILED with its place, without the value', async (_what, value, place) => {
    const serde = await opened<any>(shop, { message: 'Order' });
    expect(() => serde.serialize(value)).toThrow(expect.objectContaining({ code: 'SERIALIZATION_FAILED' }));
    expect(() => serde.serialize(value)).toThrow(new RegExp(place));
    expect(() => serde.serialize(value)).not.toThrow(/secret/);
  });

  test.each([
    ['', undefined],
    ['message', undefined],
    ['syntax = "proto3"; enum E { A = 0; }', undefined],
    ['syntax = "proto3"; message A { Missing m = 1; }', undefined],
    ['syntax = "proto3"; message A { int32 a = 1; int32 b = 1; }', undefined],
    ['syntax = "proto3"; import "missing.proto"; message A {}', undefined],
    ['syntax = "proto3"; message A {}', 'B'],
    ['AAAA', undefined],
  ])('the schema %s is SCHEMA_INVALID', (schema, message) => {
    expect(() => protobuf(schema, message === undefined ? {} : { message })).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID' }),
    );
  });
});
