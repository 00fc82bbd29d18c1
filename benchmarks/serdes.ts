/**
 * What serdes do per second with a row of 12 columns: `npm run bench:serdes -- [rows] [rounds]`.
 *
 * JSON, avsc alone (its own types, the bytes without a header), and `avro()` as topologies use it: through the registry's wire
 * format, exact longs, checked text, plain objects; JSON Schema and Protobuf through the registry. Alternating; CPU time, the medians count.
 */
import avsc from 'avsc';
import { LocalSchemaRegistry } from '../src/registry/local-schema-registry.ts';
import { avro } from '../src/serde/avro/avro-serde.ts';
import { jsonSchema } from '../src/serde/json-schema/json-schema-serde.ts';
import { json } from '../src/serde/json-serde.ts';
import { protobuf } from '../src/serde/protobuf/protobuf-serde.ts';
import type { Serde } from '../src/serde/serde.ts';
import { median } from './statistics/median.ts';

const ROWS = Number(process.argv[2] ?? 200_000);
const ROUNDS = Number(process.argv[3] ?? 7);

const schema = JSON.stringify({
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'customer_id', type: 'int' },
    { name: 'status', type: 'string' },
    { name: 'currency', type: 'string' },
    { name: 'amount', type: 'double' },
    { name: 'tax', type: ['null', 'double'], default: null },
    { name: 'created_at', type: 'long' },
    { name: 'updated_at', type: ['null', 'long'], default: null },
    { name: 'email', type: 'string' },
    { name: 'country', type: 'string' },
    { name: 'note', type: ['null', 'string'], default: null },
    { name: 'is_gift', type: 'boolean' },
  ],
});

const rows = Array.from({ length: 1000 }, (_, index) => ({
  id: 1_000_000 + index,
  customer_id: index * 7,
  status: ['new', 'paid', 'sent', 'lost'][index % 4],
  currency: 'EUR',
  amount: index * 1.25,
  tax: index % 3 === 0 ? null : index * 0.19,
  created_at: 1_700_000_000_000 + index,
  updated_at: index % 2 === 0 ? null : 1_700_000_100_000 + index,
  email: `customer-${index}@example.com`,
  country: 'Deutschland',
  note: index % 5 === 0 ? 'please ring twice' : null,
  is_gift: index % 10 === 0,
}));

const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Type);
const avscAlone: Serde<unknown> = {
  name: 'avsc alone',
  serialize: (value) => type.toBuffer(value),
  deserialize: (bytes) => type.fromBuffer(bytes) as unknown,
};
const throughRegistry = avro<unknown>(schema);
const jsonText = JSON.stringify({
  type: 'object',
  properties: {
    id: { type: 'integer' },
    customer_id: { type: 'integer' },
    status: { type: 'string' },
    currency: { type: 'string' },
    amount: { type: 'number' },
    tax: { type: ['number', 'null'] },
    created_at: { type: 'integer' },
    updated_at: { type: ['integer', 'null'] },
    email: { type: 'string' },
    country: { type: 'string' },
    note: { type: ['string', 'null'] },
    is_gift: { type: 'boolean' },
  },
  required: ['id', 'customer_id', 'status', 'currency', 'amount', 'created_at', 'email', 'country', 'is_gift'],
  additionalProperties: false,
});
const throughJsonSchema = jsonSchema<unknown>(jsonText);
const throughProtobuf = protobuf<unknown>(`syntax = "proto3"; message Row {
  int64 id = 1;
  int32 customer_id = 2;
  string status = 3;
  string currency = 4;
  double amount = 5;
  optional double tax = 6;
  int64 created_at = 7;
  optional int64 updated_at = 8;
  string email = 9;
  string country = 10;
  optional string note = 11;
  bool is_gift = 12;
}`);
const registry = new LocalSchemaRegistry();
for (const serde of [throughRegistry, throughJsonSchema, throughProtobuf]) {
  await serde.open?.({ topic: serde.name, part: 'value', writes: true, registry });
}
const serdes: readonly (readonly [string, Serde<unknown>])[] = [
  ['json', json()],
  ['avsc alone', avscAlone],
  ['avro through the registry', throughRegistry],
  ['JSON Schema, registry', throughJsonSchema],
  ['Protobuf, registry', throughProtobuf],
];

const encodeNs = new Map<string, number[]>();
const decodeNs = new Map<string, number[]>();
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, serde] of serdes) {
    const encoded = rows.map((row) => serde.serialize(row));
    const encode = nanoseconds((index) => serde.serialize(rows[index]));
    const decode = nanoseconds((index) => serde.deserialize(encoded[index] as Buffer));
    // The first round warms up.
    if (round === 0) continue;
    encodeNs.set(name, [...(encodeNs.get(name) ?? []), encode]);
    decodeNs.set(name, [...(decodeNs.get(name) ?? []), decode]);
  }
}
const alone = both('avsc alone');
for (const [name, serde] of serdes) {
  const bytes = rows.reduce((sum, row) => sum + serde.serialize(row).length, 0) / rows.length;
  const [encode, decode] = [median(encodeNs.get(name) ?? []), median(decodeNs.get(name) ?? [])];
  console.log(
    `${name.padEnd(26)} encode ${encode.toFixed(0).padStart(5)} ns  decode ${decode.toFixed(0).padStart(5)} ns  ` +
      `${Math.round(1e9 / (encode + decode)).toLocaleString('en')} rows/s both ways  ${bytes.toFixed(0)} bytes  ` +
      `${(both(name) / alone).toFixed(2)} times avsc alone`,
  );
}

function nanoseconds(step: (index: number) => unknown): number {
  const start = process.cpuUsage();
  for (let index = 0; index < ROWS; index++) step(index % rows.length);
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / ROWS;
}

function both(name: string): number {
  return median(encodeNs.get(name) ?? []) + median(decodeNs.get(name) ?? []);
}
