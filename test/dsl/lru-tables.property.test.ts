import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyUpdates, runProgram } from './run-program.ts';

test('a table of bounded size has the rows that were read or written last', async () => {
  const anyClicks = anyUpdates({ clicks: fc.nat(3), users: fc.nat(9) });
  await fc.assert(
    fc.asyncProperty(anyClicks, fc.integer({ min: 1, max: 4 }), async (updates, maxEntries) => {
      const records = await runProgram((builder) => {
        const users = builder.table<string, number>('users', { lru: { maxEntries } });
        const join = (click: number, user: number | null): unknown => [click, user];
        builder.stream<string, number>('clicks').leftJoin(users, { join }).to('out');
      }, updates);

      const rows = new Map<string, number>();
      const expected = updates.flatMap(({ topic, key: anyKey, value }) => {
        const key = anyKey as string;
        const before = rows.get(key) ?? null;
        if (topic === 'clicks' && value === null) return [];
        const row = topic === 'clicks' ? before : (value as number | null);
        rows.delete(key);
        if (row !== null) rows.set(key, row);
        for (const eldest of [...rows.keys()].slice(0, Math.max(0, rows.size - maxEntries))) rows.delete(eldest);
        return topic === 'clicks' ? [[value, before]] : [];
      });
      expect(records.map(({ value }) => value)).toEqual(expected);
    }),
  );
});
