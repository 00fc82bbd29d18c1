import { describe, expect, test } from 'vitest';
import { isMeant, parseSignal, signalJson, type SnapshotSignal } from '../../../src/mysql/snapshot/snapshot-signal.ts';

const read = (json: unknown) => parseSignal(Buffer.from(JSON.stringify(json)));

describe('parseSignal', () => {
  test('reads what Debezium writes', () => {
    const signal = read({
      id: 'ad-hoc',
      type: 'execute-snapshot',
      data: {
        type: 'INCREMENTAL',
        'data-collections': ['shop.orders', 'shop.l.*'],
        'additional-conditions': [{ 'data-collection': 'shop.orders', filter: 'id > 5' }],
      },
    });

    expect(signal).toEqual({
      kind: 'execute',
      id: 'ad-hoc',
      collections: ['shop.orders', 'shop.l.*'],
      conditions: new Map([['shop.orders', 'id > 5']]),
    });
  });

  test.each<SnapshotSignal>([
    { kind: 'pause', id: '1' },
    { kind: 'resume', id: '2' },
    { kind: 'stop', id: '3', collections: ['shop.orders'] },
    { kind: 'execute', id: '4', collections: ['shop.orders'], conditions: new Map([['shop.orders', "a = 'ü'"]]) },
  ])('reads $kind as it is written', (signal) => {
    expect(parseSignal(Buffer.from(signalJson(signal)))).toEqual(signal);
  });

  test.each([
    ['a list', []],
    ['another type', { type: 'log' }],
    ['a blocking snapshot', { type: 'execute-snapshot', data: { type: 'BLOCKING', 'data-collections': ['a.b'] } }],
    ['no tables', { type: 'execute-snapshot', data: {} }],
    ['tables that are no texts', { type: 'stop-snapshot', data: { 'data-collections': [1] } }],
    [
      'conditions of no shape',
      { type: 'execute-snapshot', data: { 'data-collections': ['a'], 'additional-conditions': [1] } },
    ],
  ])('says what is wrong with %s', (_, json) => {
    expect(read(json)).toMatch(/^Expected /);
  });
});

test.each([
  ['shop.orders', 'shop.orders', true],
  ['shop.orders', 'shop.orders2', false],
  ['shop\\.o.*', 'shop.orders', true],
  ['orders', 'shop.orders', false],
  ['shop.(', 'shop.(', true],
  ['shop.(', 'shop.x', false],
])('%s means %s: %s', (collection, table, isSo) => {
  expect(isMeant(collection, table)).toBe(isSo);
});
