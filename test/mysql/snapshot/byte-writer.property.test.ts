import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from '../../../src/mysql/snapshot/byte-writer.ts';

test('integers are written as JavaScript prints them, text as UTF-8, whatever buffers are changed in between', () => {
  const writer = new ByteWriter();
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.string({ maxLength: 3000 }))), (parts) => {
      writer.begin();
      for (const part of parts) {
        if (typeof part === 'number') writer.integer(part);
        else writer.utf8(part);
      }
      const written = writer.buffer.subarray(writer.start, writer.at);

      expect(written.equals(Buffer.from(parts.map((part) => (part === 0 ? 0 : part)).join('')))).toBe(true);
    }),
    { numRuns: 300 },
  );
});
