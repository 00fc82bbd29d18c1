import { describe, expect, test } from 'vitest';
import type { CaseKey, Json, WindowedKey } from '../../scripts/conformance/case-file.ts';
import { aggregator } from '../../scripts/conformance/functions/aggregators.ts';
import { joiner } from '../../scripts/conformance/functions/joiners.ts';
import { flatMapper, mapper } from '../../scripts/conformance/functions/mappers.ts';
import { predicate } from '../../scripts/conformance/functions/predicates.ts';
import { merger, reducer } from '../../scripts/conformance/functions/reducers.ts';
import { selector } from '../../scripts/conformance/functions/selectors.ts';

const windowed: WindowedKey = { key: 'k', start: 0, end: 10 };
const named = (spec: Json): string => JSON.stringify(spec);

type OnRecord = readonly [spec: Json, value: Json, key: CaseKey, expected: Json];

const predicates: readonly OnRecord[] = [
  [{ fn: 'true' }, null, null, true],
  [{ fn: 'false' }, 1, 'a', false],
  [{ fn: 'eq', field: 'a.b', value: { x: 1, y: [2] } }, { a: { b: { y: [2], x: 1 } } }, null, true],
  [{ fn: 'eq', field: 'a', value: null }, {}, null, true],
  [{ fn: 'ne', value: 1 }, '1', null, true],
  [{ fn: 'gt', field: 'n', value: 5 }, { n: 5 }, null, false],
  [{ fn: 'gte', value: 5 }, 5, null, true],
  [{ fn: 'lt', value: 'b' }, 'a', null, true],
  [{ fn: 'lte', value: 'b' }, 1, null, false],
  [{ fn: 'exists', field: 'a.b' }, { a: [] }, null, false],
  [{ fn: 'exists', field: 'toString' }, {}, null, false],
  [{ fn: 'mod', divisor: 3, remainder: 1 }, -2, null, true],
  [{ fn: 'mod', divisor: 3, remainder: 0 }, '3', null, false],
  [{ fn: 'keyEq', value: 'k' }, 1, windowed, true],
  [{ fn: 'keyPrefix', value: 'a' }, 1, null, false],
  [{ fn: 'keyPrefix', value: 'a' }, 1, 'ab', true],
  [{ fn: 'not', of: { fn: 'true' } }, 1, 'a', false],
  [{ fn: 'and', of: [{ fn: 'true' }, { fn: 'false' }] }, 1, 'a', false],
  [{ fn: 'or', of: [{ fn: 'false' }, { fn: 'true' }] }, 1, 'a', true],
];

const selectors: readonly OnRecord[] = [
  [{ fn: 'key' }, 1, windowed as never, windowed as never],
  [{ fn: 'field', field: 'n' }, { n: 7 }, null, '7'],
  [{ fn: 'field', field: 'n' }, { n: true }, null, 'true'],
  [{ fn: 'field', field: 'n' }, { n: [] }, null, null],
  [{ fn: 'const', value: 'x' }, 1, null, 'x'],
  [{ fn: 'windowKey' }, 1, windowed, 'k'],
  [{ fn: 'windowString' }, 1, windowed, 'k@0-10'],
  [{ fn: 'windowString' }, 1, 'k', 'k'],
  [{ fn: 'concat', parts: [{ fn: 'key' }, { fn: 'field' }], sep: '-' }, 'v', 'k', 'k-v'],
  [{ fn: 'concat', parts: [{ fn: 'key' }, { fn: 'field', field: 'n' }] }, 'v', 'k', null],
];

const mappers: readonly OnRecord[] = [
  [{ fn: 'value' }, 1, null, 1],
  [{ fn: 'const', value: { a: 1 } }, 1, null, { a: 1 }],
  [{ fn: 'field', field: 'a.b' }, { a: { b: 2 } }, null, 2],
  [{ fn: 'key' }, 1, windowed, { key: 'k', start: 0, end: 10 }],
  [{ fn: 'object', fields: { k: { fn: 'key' }, n: { fn: 'field', field: 'n' } } }, {}, 'a', { k: 'a', n: null }],
  [{ fn: 'set', field: 'x', to: { fn: 'key' } }, 7, 'a', { x: 'a' }],
  [{ fn: 'set', field: 'x', to: { fn: 'key' } }, { y: 1 }, 'a', { y: 1, x: 'a' }],
  [{ fn: 'add', a: { fn: 'value' }, b: { fn: 'const', value: 'x' } }, 3, null, 3],
  [{ fn: 'sub', a: { fn: 'const', value: 1 }, b: { fn: 'value' } }, 3, null, -2],
  [{ fn: 'mul', a: { fn: 'const', value: -1 }, b: { fn: 'value' } }, 0, null, 0],
  [{ fn: 'concat', parts: [{ fn: 'key' }, { fn: 'value' }], sep: '/' }, {}, 'a', 'a/null'],
  [
    JSON.parse('{"fn":"if","cond":{"fn":"gt","value":1},"then":{"fn":"key"},"else":{"fn":"value"}}') as Json,
    2,
    'a',
    'a',
  ],
];

const flatMappers: readonly OnRecord[] = [
  [{ fn: 'explode', field: 'xs' }, { xs: [1, null] }, null, [1, null]],
  [{ fn: 'explode' }, 'no list', null, []],
  [{ fn: 'split', sep: '.' }, 'a..b.', null, ['a', 'b']],
  [{ fn: 'split', field: 'n', sep: ' ' }, { n: 1 }, null, []],
  [{ fn: 'list', items: [{ fn: 'key' }, { fn: 'value' }] }, 1, 'a', ['a', 1]],
];

describe('of a record', () => {
  test.each(predicates)('%j', (spec, value, key, expected) => expect(predicate(spec)(value, key)).toBe(expected));
  test.each(selectors)('%j', (spec, value, key, expected) => expect(selector(spec)(value, key)).toEqual(expected));
  test.each(mappers)('%j', (spec, value, key, expected) => expect(mapper(spec)(value, key)).toStrictEqual(expected));
  test.each(flatMappers)('%j', (spec, value, key, expected) => expect(flatMapper(spec)(value, key)).toEqual(expected));
});

type OnTwo = readonly [spec: Json, first: Json, second: Json, expected: Json];

const joiners: readonly OnTwo[] = [
  [{ fn: 'pair' }, 1, null, { left: 1, right: null }],
  [{ fn: 'pairWithKey' }, 1, 2, { key: 'k', left: 1, right: 2 }],
  [{ fn: 'merge' }, { a: 1, b: 1 }, { b: 2 }, { a: 1, b: 2 }],
  [{ fn: 'merge' }, null, [1], {}],
  [{ fn: 'left' }, 1, 2, 1],
  [{ fn: 'right' }, 1, 2, 2],
  [{ fn: 'add', left: 'n' }, { n: 1 }, 2, 3],
  [{ fn: 'concat', sep: '+' }, 1, null, '1+null'],
];

const aggregators: readonly OnTwo[] = [
  [{ fn: 'sum', field: 'n' }, null, { n: 2 }, 2],
  [{ fn: 'sub' }, 5, 2, 3],
  [{ fn: 'count' }, 5, {}, 6],
  [{ fn: 'uncount' }, null, {}, -1],
  [{ fn: 'append', field: 'n' }, null, {}, [null]],
  [{ fn: 'remove' }, [{ a: 1, b: 2 }, 1, 1], 1, [{ a: 1, b: 2 }, 1]],
  [{ fn: 'remove' }, [{ a: 1, b: 2 }], { b: 2, a: 1 }, []],
  [{ fn: 'remove' }, [1], 2, [1]],
  [{ fn: 'min' }, null, 'x', 'x'],
  [{ fn: 'min' }, 3, 'x', 3],
  [{ fn: 'max' }, 3, 4, 4],
  [{ fn: 'last', field: 'n' }, 1, { n: 2 }, 2],
  [{ fn: 'first' }, null, 2, 2],
  [{ fn: 'first' }, 1, 2, 1],
  [{ fn: 'concat', sep: '+' }, '', 1, '1'],
  [{ fn: 'concat', sep: '+' }, 'a', null, 'a+null'],
  [{ fn: 'into', field: 'n', of: { fn: 'count' } }, { a: 1 }, 2, { a: 1, n: 1 }],
  [{ fn: 'all', of: [{ fn: 'sum' }, { fn: 'sum' }] }, 1, 2, 5],
  [{ fn: 'nullIfZero', of: { fn: 'sub' } }, 2, 2, null],
];

const reducers: readonly OnTwo[] = [
  [{ fn: 'last' }, 1, 2, 2],
  [{ fn: 'first' }, 1, 2, 1],
  [
    { fn: 'max', field: 'n' },
    { n: 1, id: 1 },
    { n: 1, id: 2 },
    { n: 1, id: 1 },
  ],
  [{ fn: 'max' }, -1, 'x', 'x'],
  [{ fn: 'min' }, 3, 2, 2],
  [{ fn: 'sum' }, 1, 2, 3],
  [{ fn: 'sum', field: 'n' }, { n: 1, id: 1 }, { n: 2 }, { n: 3, id: 1 }],
  [{ fn: 'sub', field: 'n' }, null, { n: 2 }, { n: -2 }],
  [{ fn: 'concat', sep: '-' }, null, 1, 'null-1'],
];

const mergers: readonly OnTwo[] = [
  [{ fn: 'sum' }, null, 2, 2],
  [{ fn: 'concatLists' }, [1], null, [1]],
  [{ fn: 'concat', sep: '|' }, '', 'b', 'b'],
  [{ fn: 'concat', sep: '|' }, 'a', null, 'a'],
  [{ fn: 'concat', sep: '|' }, 'a', 'b', 'a|b'],
  [{ fn: 'max' }, 'x', 2, 2],
  [{ fn: 'min' }, 1, 'x', 1],
  [{ fn: 'first' }, 1, 2, 1],
  [{ fn: 'second' }, 1, 2, 2],
  [
    { fn: 'fields', of: { n: { fn: 'sum' }, 'a.b': { fn: 'max' } } },
    { n: 1, 'a.b': 3, z: 1 },
    { n: 2 },
    { n: 3, 'a.b': 3 },
  ],
];

describe('of two values', () => {
  test.each(joiners)('%j', (spec, left, right, expected) => expect(joiner(spec)(left, right, 'k')).toEqual(expected));
  test.each(aggregators)('%j', (spec, aggregate, value, expected) =>
    expect(aggregator(spec)(aggregate, value, 'k')).toEqual(expected),
  );
  test.each(reducers)('%j', (spec, a, b, expected) => expect(reducer(spec)(a, b)).toEqual(expected));
  test.each(mergers)('%j', (spec, a, b, expected) => expect(merger(spec)('k', a, b)).toEqual(expected));
});

test.each([{ fn: 'nope' }, { fn: 'toString' }, 7, null])('%j is no function', (spec) => {
  for (const compile of [predicate, selector, mapper, flatMapper, joiner, aggregator, reducer, merger]) {
    expect(() => compile(spec as Json), named(spec as Json)).toThrow(/^Expected a known /);
  }
});
