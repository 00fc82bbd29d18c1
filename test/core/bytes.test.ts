import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatBytes, kibibytes, mebibytes, parseBytes } from '../../src/core/bytes.ts';

test.each([
  ['64MiB', 67_108_864],
  ['1.5KiB', 1536],
  ['2 GiB', 2_147_483_648],
  ['1TiB', 1_099_511_627_776],
  ['4096B', 4096],
  ['10', 10],
])('%s is %i bytes', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

test.each(['', 'MiB', '64MB', '64M', '64 mib', '0.5B', '1.3KiB', '1e6', '99999TiB'])('"%s" is no size', (text) =>
  expect(parseBytes(text)).toBeNull(),
);

test('the largest unit without a fraction is shown', () => {
  expect([0, 1000, kibibytes(3), mebibytes(64)].map(formatBytes)).toEqual(['0B', '1000B', '3KiB', '64MiB']);
});

test('what is shown is read back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeInteger(), fc.nat().map(mebibytes)), (bytes) => {
      expect(parseBytes(formatBytes(bytes))).toBe(bytes);
    }),
  );
});
