import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StreamsBuilder } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';
import { anyKey, anyUpdates, lastOf, runProgram } from './run-program.ts';

const anyClicks = anyUpdates({
  clicks: fc.option(anyKey, { freq: 4 }).map((ref) => ({ ref })),
  users: fc.constantFrom('u', 'v'),
});

test.each([false, true])(
  'each record gets the row of the key it names when it comes (left join: %s)',
  async (isLeft) => {
    await fc.assert(
      fc.asyncProperty(anyClicks, async (updates) => {
        const records = await runProgram((builder) => {
          const users = builder.globalTable<string, string>('users');
          const clicks = builder.stream<string, { ref: string | null }>('clicks');
          const key = ({ ref }: { ref: string | null }): string | null => ref;
          const join = (click: { ref: string | null }, user: string | null): unknown => [click.ref, user];
          (isLeft ? clicks.leftJoin(users, { key, join }) : clicks.join(users, { key, join })).to('out');
        }, updates);

        const expected = updates.flatMap(({ topic, key, value, timestamp }, index) => {
          if (topic !== 'clicks' || value === null) return [];
          const users = lastOf(updates.slice(0, index).filter((update) => update.topic === 'users'));
          const { ref } = value as { ref: string | null };
          const user = ref === null ? null : (users.get(ref)?.value ?? null);
          return user === null && !isLeft ? [] : [{ key, value: [ref, user], timestamp }];
        });
        expect(records.map(({ key, value, timestamp }) => ({ key, value, timestamp }))).toEqual(expected);
      }),
    );
  },
);

test('a topology may fill its own global table, and tests read it', async () => {
  const builder = new StreamsBuilder();
  builder.stream<string, number>('in').to('rows');
  const rows = builder.globalTable<string, number>('rows', { store: 'rows' });
  const join = (value: number, row: number): number => value + row;
  builder
    .stream<string, number>('more')
    .join(rows, { key: (_value, key) => key, join })
    .to('out');
  const driver = new TopologyTestDriver(builder.build('loop'));
  await driver.createInputTopic<string, number>('in').pipeInput('a', 1);
  await driver.createInputTopic<string, number>('rows').pipeInput('b', 10);
  for (const key of ['a', 'b', 'c']) await driver.createInputTopic<string, number>('more').pipeInput(key, 5);

  expect(
    driver
      .createOutputTopic<string, number>('out')
      .readRecords()
      .map(({ value }) => value),
  ).toEqual([6, 15]);
  expect(driver.getKeyValueStore<string, number>('rows').get('b')).toBe(10);
  await driver.close();
});

test('a topic read twice as a global table is one, and has to be read alike', () => {
  const builder = new StreamsBuilder();
  const table = builder.globalTable('rows');
  expect(builder.globalTable('rows')).toBe(table);
  expect(() => builder.globalTable('rows', { store: 'other' })).toThrow(
    expect.objectContaining({ code: 'TOPOLOGY_TOPIC_TWICE' }),
  );
});
