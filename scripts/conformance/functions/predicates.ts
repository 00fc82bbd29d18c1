import type { CaseKey, Json, JsonObject } from '../case-file.ts';
import {
  compile,
  optionalText,
  requiredList,
  requiredNumber,
  requiredText,
  type FunctionTable,
} from './function-table.ts';
import { deepEqual, get, keyText } from './values.ts';

/** PRED: decides about a value and its key. */
export type CasePredicate = (value: Json, key: CaseKey) => boolean;

/** Makes the predicate that a case describes. */
export function predicate(spec: Json | undefined): CasePredicate {
  return compile('predicate', predicates, spec);
}

const predicates: FunctionTable<CasePredicate> = {
  true: () => () => true,
  false: () => () => false,
  eq: (spec) => equalTo(spec),
  ne: (spec) => negated(equalTo(spec)),
  gt: (spec) => compared(spec, (order) => order > 0),
  gte: (spec) => compared(spec, (order) => order >= 0),
  lt: (spec) => compared(spec, (order) => order < 0),
  lte: (spec) => compared(spec, (order) => order <= 0),
  exists: (spec) => {
    const field = optionalText(spec, 'field');
    return (value) => get(value, field) !== null;
  },
  mod: (spec) => {
    const [field, divisor, remainder] = [
      optionalText(spec, 'field'),
      requiredNumber(spec, 'divisor'),
      requiredNumber(spec, 'remainder'),
    ];
    return (value) => {
      const number = get(value, field);
      return typeof number === 'number' && ((number % divisor) + divisor) % divisor === remainder;
    };
  },
  keyEq: (spec) => {
    const expected = spec['value'] ?? null;
    return (_value, key) => keyText(key) === expected;
  },
  keyPrefix: (spec) => {
    const prefix = requiredText(spec, 'value');
    return (_value, key) => keyText(key)?.startsWith(prefix) ?? false;
  },
  not: (spec) => negated(predicate(spec['of'])),
  and: (spec) => {
    const parts = requiredList(spec, 'of').map(predicate);
    return (value, key) => parts.every((part) => part(value, key));
  },
  or: (spec) => {
    const parts = requiredList(spec, 'of').map(predicate);
    return (value, key) => parts.some((part) => part(value, key));
  },
};

function equalTo(spec: JsonObject): CasePredicate {
  const [field, expected] = [optionalText(spec, 'field'), spec['value'] ?? null];
  return (value) => deepEqual(get(value, field), expected);
}

function negated(inner: CasePredicate): CasePredicate {
  return (value, key) => !inner(value, key);
}

/** Numbers with numbers, and strings with strings by UTF-16 code units; any other pair is in no order. */
function compared(spec: JsonObject, holds: (order: number) => boolean): CasePredicate {
  const [field, bound] = [optionalText(spec, 'field'), spec['value'] ?? null];
  return (value) => {
    const found = get(value, field);
    if (typeof found === 'number' && typeof bound === 'number') return holds(found - bound);
    if (typeof found !== 'string' || typeof bound !== 'string') return false;
    return holds(found < bound ? -1 : found > bound ? 1 : 0);
  };
}
