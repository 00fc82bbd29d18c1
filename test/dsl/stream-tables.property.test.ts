import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyUpdates, lastOf, rowsOf, runProgram, type Update } from './run-program.ts';

const anyClicks = anyUpdates({ clicks: fc.nat({ max: 3 }), users: fc.constantFrom('u', 'v') });

/** Each click with the row its key has when it comes; null values make nothing. */
function enriched(updates: readonly Update[], keyOf: (click: Update<number>) => string | null): unknown[] {
  return updates.flatMap((click, index) => {
    if (click.topic !== 'clicks' || click.value === null) return [];
    const key = keyOf(click);
    const users = lastOf(updates.slice(0, index).filter(({ topic }) => topic === 'users'));
    const user = key === null ? null : (users.get(key)?.value ?? null);
    return [{ key, value: `${click.value}/${user}`, timestamp: click.timestamp }];
  });
}

test.each([
  { operator: 'join', isLeftJoin: false },
  { operator: 'leftJoin', isLeftJoin: true },
] as const)('$operator gives each record the row its key has when it comes', async ({ isLeftJoin }) => {
  await fc.assert(
    fc.asyncProperty(anyClicks, async (updates) => {
      const records = await runProgram((builder) => {
        const users = builder.table<string, string>('users');
        const join = (click: number, user: string | null): string => `${click}/${user}`;
        const clicks = builder.stream<string, number>('clicks');
        (isLeftJoin ? clicks.leftJoin(users, { join }) : clicks.join(users, { join })).to('out');
      }, updates);

      const expected = enriched(updates, ({ key }) => key).filter((r) => isLeftJoin || !hasNoRow(r));
      expect(records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(expected);
    }),
  );
});

test('a stream that is joined under another key keeps its keyless records for a left join alone', async () => {
  const keyOf = ({ value }: Update<number>): string | null => [null, 'a', 'b', 'é'][value as number] ?? null;
  await fc.assert(
    fc.asyncProperty(anyClicks, fc.boolean(), async (updates, isLeftJoin) => {
      const records = await runProgram((builder) => {
        const users = builder.table<string, string>('users');
        const clicks = builder
          .stream<string, number>('clicks')
          .selectKey((value) => keyOf({ value } as Update<number>) as string);
        const join = (click: number, user: string | null): string => `${click}/${user}`;
        const options = { join, name: 'enriched' };
        (isLeftJoin ? clicks.leftJoin(users, options) : clicks.join(users, options)).to('out');
      }, updates);

      const expected = enriched(updates, keyOf).filter((r) => isLeftJoin || !hasNoRow(r));
      expect(records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(expected);
    }),
  );
});

function hasNoRow(record: unknown): boolean {
  return (record as { value: string }).value.endsWith('/null');
}

test('toTable under a new key has the last record of each', async () => {
  await fc.assert(
    fc.asyncProperty(anyClicks, fc.boolean(), async (updates, queryable) => {
      const records = await runProgram((builder) => {
        builder
          .stream<string, number | null>('clicks')
          .selectKey((value, key) => (value === 3 ? (null as unknown as string) : `${key}!`))
          .toTable({ name: 'latest', queryable })
          .toStream()
          .to('out');
        builder.table('users').toStream().to('users-out');
      }, updates);

      const clicks = updates.filter(({ topic, value }) => topic === 'clicks' && value !== 3);
      expect(rowsOf(records)).toEqual(new Map([...lastOf(clicks)].map(([key, { value }]) => [`${key}!`, value])));
    }),
  );
});

test('a stream joined with the table made of itself sees its own record', async () => {
  await fc.assert(
    fc.asyncProperty(anyUpdates({ in: fc.nat({ max: 3 }) }), async (updates) => {
      const records = await runProgram((builder) => {
        const input = builder.stream<string, number>('in');
        const latest = input.toTable({ name: 'latest' });
        input.join(latest, { join: (value, row) => [value, row] }).to('out');
      }, updates);

      expect(records.map(({ value }) => value)).toEqual(
        updates.filter(({ value }) => value !== null).map(({ value }) => [value, value]),
      );
    }),
  );
});
