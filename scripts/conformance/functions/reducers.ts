import type { CaseKey, Json, JsonObject } from '../case-file.ts';
import { extreme } from './aggregators.ts';
import { compile, optionalText, type FunctionTable } from './function-table.ts';
import { elementsOf, get, num, objectOf, text, withField } from './values.ts';

/** RED: combines two values into one of their kind. */
export type CaseReducer = (aggregate: Json, value: Json) => Json;

/** MERGE: combines the aggregates of two sessions. */
export type CaseMerger = (key: CaseKey, a: Json, b: Json) => Json;

/** Makes the reducer that a case describes. */
export function reducer(spec: Json | undefined): CaseReducer {
  return compile('reducer', reducers, spec);
}

/** Makes the merger that a case describes. */
export function merger(spec: Json | undefined): CaseMerger {
  return compile('merger', mergers, spec);
}

const reducers: FunctionTable<CaseReducer> = {
  last: () => (_aggregate, value) => value,
  first: () => (aggregate) => aggregate,
  max: (spec) => extremeOf(spec, (value, aggregate) => value > aggregate),
  min: (spec) => extremeOf(spec, (value, aggregate) => value < aggregate),
  sum: (spec) => arithmetic(spec, (a, b) => a + b),
  sub: (spec) => arithmetic(spec, (a, b) => a - b),
  concat: (spec) => {
    const sep = optionalText(spec, 'sep') ?? '';
    return (aggregate, value) => text(aggregate) + sep + text(value);
  },
};

const mergers: FunctionTable<CaseMerger> = {
  sum: () => (_key, a, b) => num(a) + num(b),
  concatLists: () => (_key, a, b) => [...elementsOf(a), ...elementsOf(b)],
  concat: (spec) => {
    const sep = optionalText(spec, 'sep') ?? '';
    return (_key, a, b) => (isEmpty(a) ? b : isEmpty(b) ? a : text(a) + sep + text(b));
  },
  max: () => (_key, a, b) => extreme(a, b, Math.max),
  min: () => (_key, a, b) => extreme(a, b, Math.min),
  first: () => (_key, a) => a,
  second: () => (_key, _a, b) => b,
  fields: (spec) => {
    const fields = Object.entries(objectOf(spec['of']) ?? {}).map(([name, of]) => ({ name, merge: merger(of) }));
    return (key, a, b) =>
      Object.fromEntries(fields.map(({ name, merge }) => [name, merge(key, fieldOf(a, name), fieldOf(b, name))]));
  },
};

function extremeOf(spec: JsonObject, wins: (value: number, aggregate: number) => boolean): CaseReducer {
  const field = optionalText(spec, 'field');
  return (aggregate, value) => (wins(num(get(value, field)), num(get(aggregate, field))) ? value : aggregate);
}

function arithmetic(spec: JsonObject, of: (a: number, b: number) => number): CaseReducer {
  const field = optionalText(spec, 'field');
  if (field === undefined) return (aggregate, value) => of(num(aggregate), num(value));
  return (aggregate, value) => withField(aggregate, field, of(num(get(aggregate, field)), num(get(value, field))));
}

function fieldOf(value: Json, name: string): Json {
  return objectOf(value)?.[name] ?? null;
}

function isEmpty(value: Json): boolean {
  return value === null || value === '';
}
