import fc from 'fast-check';
import { describe } from 'vitest';
import { buffer } from '../../src/serde/buffer-serde.ts';
import { double } from '../../src/serde/double-serde.ts';
import { integer } from '../../src/serde/integer-serde.ts';
import { long } from '../../src/serde/long-serde.ts';
import { safeLong } from '../../src/serde/safe-long-serde.ts';
import { string } from '../../src/serde/string-serde.ts';
import { serdeConformance } from './serde-conformance.ts';

const lengthsOtherThan = (expected: number): Buffer[] =>
  [0, 1, 3, 4, 5, 7, 8, 9, 16].filter((length) => length !== expected).map((length) => Buffer.alloc(length));

describe('string', () => {
  serdeConformance({
    create: string,
    values: fc.string({ unit: 'binary' }),
    refused: [42, null, undefined, Buffer.from('x'), 'half \ud800 pair', '\udc00'],
    unreadable: [
      Buffer.from([0xff]),
      Buffer.from([0xc3]),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from([0x61, 0xe2, 0x82]),
    ],
  });
});

describe('integer', () => {
  serdeConformance({
    create: integer,
    values: fc.integer(),
    refused: [2 ** 31, -(2 ** 31) - 1, 0.5, Number.NaN, Infinity, '1', 1n, null, undefined],
    unreadable: lengthsOtherThan(4),
  });
});

describe('long', () => {
  serdeConformance({
    create: long,
    values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    refused: [2n ** 63n, -(2n ** 63n) - 1n, 1, '1', null, undefined],
    unreadable: lengthsOtherThan(8),
  });
});

describe('safeLong', () => {
  serdeConformance({
    create: safeLong,
    values: fc.maxSafeInteger(),
    refused: [2 ** 53, -(2 ** 53), 0.5, Number.NaN, 1n, '1', null, undefined],
    unreadable: lengthsOtherThan(8),
  });
});

describe('double', () => {
  serdeConformance({
    create: double,
    values: fc.double(),
    refused: ['1', 1n, null, undefined],
    unreadable: lengthsOtherThan(8),
  });
});

describe('buffer', () => {
  serdeConformance({
    create: buffer,
    values: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    refused: ['bytes', new Uint8Array(1), null, undefined],
    unreadable: [],
  });
});
