import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json } from '../../src/serde/json-serde.ts';
import { serdeConformance } from './serde-conformance.ts';

const unsafeBigint = fc.oneof(
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 200n }),
  fc.bigInt({ min: -(2n ** 200n), max: -(2n ** 53n) }),
);
const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.maxSafeInteger(), fc.integer());
const digits = fc.stringMatching(/^[0-9]{14,40}$/);
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), digits, fc.constant('\ud800'));

/** Any JSON value, with `leaf` among its leaves; the top is never null. */
function jsonValue(leaf: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const { value } = fc.letrec((tie) => ({
    leaf: fc.oneof(number, text, fc.boolean(), fc.constant(null), leaf),
    object: fc.dictionary(fc.oneof(fc.string(), digits, fc.constant('__proto__')), tie('value'), {
      maxKeys: 6,
      noNullPrototype: true,
    }),
    array: fc.array(tie('value'), { maxLength: 6 }),
    value: fc.oneof({ depthSize: 'small' }, tie('leaf'), tie('object'), tie('array')),
  }));
  return value.filter((one) => one !== null);
}

const circle: { self?: unknown } = {};
circle.self = circle;

const refused = [
  null,
  undefined,
  Number.NaN,
  Infinity,
  () => 1,
  Symbol('s'),
  { at: new Date(0) },
  { deep: [{ price: -Infinity }] },
  [undefined],
  new Array(2),
  new Map(),
  { bytes: Buffer.from('x') },
  { method() {} },
  circle,
];

const unreadable = [
  '',
  ' ',
  'null',
  '{',
  '{"a":}',
  "{'a':1}",
  '01',
  '1 2',
  'NaN',
  '\ufeff1',
  'undefined',
  '"a\nb"',
  '{"secret":"text',
];

const common = {
  refused,
  unreadable: [
    ...unreadable.map((one) => Buffer.from(one)),
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from([0x22, 0xc3, 0x22]),
  ],
};

describe('json', () => {
  serdeConformance({ create: () => json(), values: jsonValue(fc.nat()), ...common });
});

describe("json({ bigint: 'bigint' })", () => {
  serdeConformance({ create: () => json({ bigint: 'bigint' }), values: jsonValue(unsafeBigint), ...common });
});

describe("json({ bigint: 'string' })", () => {
  serdeConformance({ create: () => json({ bigint: 'string' }), values: jsonValue(digits), ...common });
});

describe('what JSON.stringify writes, json reads as JSON.parse does when no integer is unsafe', () => {
  const spaced = fc
    .tuple(fc.jsonValue(), fc.nat({ max: 3 }))
    .map(([value, space]) => JSON.stringify(value, null, space));
  test.each(['error', 'string', 'bigint'] as const)('bigint: %s', (bigint) => {
    fc.assert(
      fc.property(spaced, (source) => {
        fc.pre(source !== 'null' && !/\d{16}/.test(source));
        expect(json({ bigint }).deserialize(Buffer.from(source))).toEqual(JSON.parse(source));
      }),
    );
  });
});

describe('an unsafe integer is found wherever it stands', () => {
  const around = fc.tuple(fc.string(), jsonValue(fc.nat()), unsafeBigint, digits);
  const document = around.map(([name, value, unsafe, decoy]) => ({
    decoy,
    [name]: value,
    list: [decoy, { found: unsafe }],
  }));
  const written = document.map((value) => json({ bigint: 'bigint' }).serialize(value));

  test('error says where it starts', () => {
    fc.assert(
      fc.property(written, (bytes) => {
        const offset = bytes.toString().lastIndexOf('"found":') + '"found":'.length;
        expect(() => json().deserialize(bytes)).toThrow(`at offset ${offset} of the JSON text`);
      }),
    );
  });

  test('string gives its digits', () => {
    fc.assert(
      fc.property(document, (value) => {
        const read = json<typeof value>({ bigint: 'string' }).deserialize(json({ bigint: 'bigint' }).serialize(value));
        expect(read.list[1]).toEqual({ found: String((value.list[1] as { found: bigint }).found) });
      }),
    );
  });
});
