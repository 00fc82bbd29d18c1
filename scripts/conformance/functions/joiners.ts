import type { CaseKey, Json } from '../case-file.ts';
import { compile, optionalText, type FunctionTable } from './function-table.ts';
import { get, num, objectOf, text } from './values.ts';

/** JOIN: makes a value of two; a side that is missing is null. The key is known to stream joins only. */
export type CaseJoiner = (left: Json, right: Json, key: CaseKey) => Json;

/** Makes the joiner that a case describes. */
export function joiner(spec: Json | undefined): CaseJoiner {
  return compile('joiner', joiners, spec);
}

const joiners: FunctionTable<CaseJoiner> = {
  pair: () => (left, right) => ({ left, right }),
  pairWithKey: () => (left, right, key) => ({
    key: typeof key === 'object' && key !== null ? { ...key } : key,
    left,
    right,
  }),
  merge: () => (left, right) => ({ ...objectOf(left), ...objectOf(right) }),
  left: () => (left) => left,
  right: () => (_left, right) => right,
  add: (spec) => {
    const [leftField, rightField] = [optionalText(spec, 'left'), optionalText(spec, 'right')];
    return (left, right) => num(get(left, leftField)) + num(get(right, rightField));
  },
  concat: (spec) => {
    const sep = optionalText(spec, 'sep') ?? '';
    return (left, right) => text(left) + sep + text(right);
  },
};
