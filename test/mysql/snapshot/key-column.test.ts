import { expect, test } from 'vitest';
import { afterBound, keyColumnsOf, upToBound } from '../../../src/mysql/snapshot/key-column.ts';
import type { ColumnSchema, MysqlDataType } from '../../../src/mysql/schema/column-schema.ts';

function tableOf(columns: readonly (readonly [string, MysqlDataType, string | null])[]) {
  const described: ColumnSchema[] = columns.map(([name, type, charset]) => ({
    name,
    type,
    charset,
    unsigned: false,
    length: 0,
    scale: 0,
    members: [],
    nullable: false,
  }));
  return { database: 'shop', table: 't', columns: described, key: columns.map(([name]) => name) };
}

const pair = keyColumnsOf(
  tableOf([
    ['a`b', 'int', null],
    ['name', 'varchar', 'latin1'],
  ]),
);

test('conditions compare keys column by column, so that the server reads a range of the key', () => {
  expect(afterBound(pair, ['5', 'C4'])).toBe(
    "`a``b` >= 5 AND ((`a``b` > 5) OR (`a``b` = 5 AND `name` > _latin1 X'C4'))",
  );
  expect(upToBound(pair, ['5', 'C4'])).toBe(
    "`a``b` <= 5 AND ((`a``b` < 5) OR (`a``b` = 5 AND `name` <= _latin1 X'C4'))",
  );
});

test.each([[['1 OR 1', 'C4']], [['1', "C4' OR '"]], [['1', 'C']], [['1']]])(
  'a bound %j that no server has printed is refused',
  (bound) => {
    expect(() => afterBound(pair, bound)).toThrow(expect.objectContaining({ code: 'MYSQL_OFFSETS_INVALID' }));
  },
);
