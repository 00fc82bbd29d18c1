import { expect, test } from 'vitest';
import { typeName } from '../../src/core/type-name.ts';

test.each([
  [null, 'null'],
  [undefined, 'undefined'],
  ['secret', 'a string'],
  [1n, 'a bigint'],
  [true, 'a boolean'],
  [() => 1, 'a function'],
  [Number.NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  [0.5, 'a number with a fraction'],
  [7, 'an integer'],
  [2 ** 53, 'an unsafe integer'],
  [[1], 'an array'],
  [{}, 'an object'],
  [Object.create(null), 'an object'],
  [new Date(), 'an instance of Date'],
])('%o is %s', (value, name) => expect(typeName(value)).toBe(name));
