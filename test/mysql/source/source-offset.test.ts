import { expect, test } from 'vitest';
import { GtidSet } from '../../../src/mysql/binlog/gtid-set.ts';
import { addPlaces, firstGap, hasByteAt, placesUpTo } from '../../../src/mysql/binlog/place-set.ts';
import { decodeOffset, encodeOffset, noSignals } from '../../../src/mysql/source/source-offset.ts';

const UUID = '3e11fa47-71ca-11e1-9e33-c80aa9429562';

test('an offset is read as it was written', () => {
  const offset = {
    serverUuid: UUID,
    binlogName: null,
    schemas: new Map(),
    done: GtidSet.parse(`${UUID}:1-5:7`),
    current: { gtid: `${UUID}:8`, rows: { 'shop.orders': 12 } },
    signals: {
      nextOffset: 4,
      isPaused: true,
      requests: [{ id: '7', table: 'shop.orders', where: 'id > 5' }],
      added: [{ database: 'shop', table: 'gifts', where: null }],
    },
    tables: new Map([
      ['shop.orders', { isSnapshotted: true, since: null, key: ['id'], chunks: null }],
      ['shop.items', { isSnapshotted: false, since: GtidSet.parse(`${UUID}:1-3`), key: [], chunks: null }],
      [
        'shop.lines',
        {
          isSnapshotted: false,
          since: null,
          key: ['id'],
          chunks: { id: null, where: null, isPlanned: true, lastKey: ['9'], after: ['4'], rows: 4, topicEnds: [0, 3] },
        },
      ],
    ]),
  };

  const read = decodeOffset(encodeOffset(offset));

  expect(encodeOffset(read)).toEqual(encodeOffset(offset));
  expect(read.signals).toEqual(offset.signals);
  expect(read.done.toString()).toBe(`${UUID}:1-5:7`);
  expect(read.tables.get('shop.lines')).toEqual(offset.tables.get('shop.lines'));
  expect(read.tables.get('shop.items')?.since?.toString()).toBe(`${UUID}:1-3`);
});

test.each(['', 'no JSON', '{}', '{"version":2}', '{"version":1,"tables":{}}'])(
  '%j is MYSQL_OFFSETS_INVALID',
  (text) => {
    expect(() => decodeOffset(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'MYSQL_OFFSETS_INVALID' }));
  },
);

test('an offset without GTIDs has places, a gap for what is not done with, and the place to go on from', () => {
  const done = placesUpTo({ file: 'binlog.000002', position: 700 });
  addPlaces(done, { file: 'binlog.000002', position: 900 }, { file: 'binlog.000003', position: 157 });
  const schema = { database: 'shop', table: 'orders', columns: [], key: ['id'] };
  const offset = {
    serverUuid: UUID,
    binlogName: 'binlog',
    done,
    current: null,
    tables: new Map(),
    schemas: new Map([['shop.orders', schema]]),
    signals: noSignals(),
  };

  const bytes = encodeOffset(offset);
  const read = decodeOffset(bytes);

  expect(JSON.parse(bytes.toString('utf8'))).toMatchObject({ place: 'binlog.000002:700' });
  expect(read).toMatchObject({ binlogName: 'binlog', schemas: offset.schemas });
  expect(hasByteAt(read.done, { file: 'binlog.000002', position: 800 })).toBe(false);
  expect(hasByteAt(read.done, { file: 'binlog.000002', position: 900 })).toBe(true);
  expect(firstGap(read.done, 'binlog')).toEqual({ file: 'binlog.000002', position: 700 });
});
