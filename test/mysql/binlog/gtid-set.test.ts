import { expect, test } from 'vitest';
import { GtidSet } from '../../../src/mysql/binlog/gtid-set.ts';

const A = '3e11fa47-71ca-11e1-9e33-c80aa9429562';
const B = '4e11fa47-71ca-11e1-9e33-c80aa9429562';

test('reads what MySQL prints: line breaks, upper case, tags behind their source', () => {
  const set = GtidSet.parse(`${B.toUpperCase()}:1-3:5,\n${A}:7:backup:1-2:restore:9`);

  expect(set.toString()).toBe(`${A}:7:backup:1-2:restore:9,${B}:1-3:5`);
  expect(set.has(`${A}:backup:2`)).toBe(true);
  expect(set.has(`${A}:2`)).toBe(false);
});

test('joins intervals that touch or overlap', () => {
  expect(GtidSet.parse(`${A}:5-9:1-3:4:8-12`).toString()).toBe(`${A}:1-12`);
});

test('is exact up to the last number', () => {
  const set = GtidSet.parse(`${A}:9007199254740993-9223372036854775806`);

  set.add(`${A}:9223372036854775807`);

  expect(set.toString()).toBe(`${A}:9007199254740993-9223372036854775807`);
});

test('the empty text is the empty set', () => {
  expect(GtidSet.parse('').isEmpty).toBe(true);
  expect(GtidSet.parse(' \n').toString()).toBe('');
});

test.each([`${A}`, `${A}:0`, `${A}:5-3`, `${A}:x-1`, 'mariadb:0-1-100', `${A}:9223372036854775808`, `${A}:1-2-3`])(
  '%s is MYSQL_GTID_INVALID',
  (text) => {
    expect(() => GtidSet.parse(text)).toThrow(expect.objectContaining({ code: 'MYSQL_GTID_INVALID' }));
  },
);
