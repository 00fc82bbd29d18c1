import type { CaseKey, Json, JsonObject } from '../case-file.ts';
import { compile, optionalText, requiredList, requiredText, type FunctionTable } from './function-table.ts';
import { deepEqual, elementsOf, get, num, objectOf, text, withField } from './values.ts';

/** AGG: makes the next aggregate of the one there is and a value; null forgets the key. */
export type CaseAggregator = (aggregate: Json, value: Json, key: CaseKey) => Json;

/** Makes the aggregator that a case describes. */
export function aggregator(spec: Json | undefined): CaseAggregator {
  return compile('aggregator', aggregators, spec);
}

const aggregators: FunctionTable<CaseAggregator> = {
  sum: (spec) => ofField(spec, (aggregate, item) => num(aggregate) + num(item)),
  sub: (spec) => ofField(spec, (aggregate, item) => num(aggregate) - num(item)),
  count: () => (aggregate) => num(aggregate) + 1,
  uncount: () => (aggregate) => num(aggregate) - 1,
  append: (spec) => ofField(spec, (aggregate, item) => [...elementsOf(aggregate), item]),
  remove: (spec) => ofField(spec, withoutFirst),
  min: (spec) => ofField(spec, (aggregate, item) => extreme(aggregate, item, Math.min)),
  max: (spec) => ofField(spec, (aggregate, item) => extreme(aggregate, item, Math.max)),
  last: (spec) => ofField(spec, (_aggregate, item) => item),
  first: (spec) => ofField(spec, (aggregate, item) => aggregate ?? item),
  concat: (spec) => {
    const sep = optionalText(spec, 'sep') ?? '';
    return ofField(spec, (aggregate, item) =>
      aggregate === null || aggregate === '' ? text(item) : text(aggregate) + sep + text(item),
    );
  },
  into: (spec) => {
    const [field, of] = [requiredText(spec, 'field'), aggregator(spec['of'])];
    return (aggregate, value, key) => withField(aggregate, field, of(objectOf(aggregate)?.[field] ?? null, value, key));
  },
  all: (spec) => {
    const steps = requiredList(spec, 'of').map(aggregator);
    return (aggregate, value, key) => steps.reduce((current, step) => step(current, value, key), aggregate);
  },
  nullIfZero: (spec) => {
    const of = aggregator(spec['of']);
    return (aggregate, value, key) => {
      const result = of(aggregate, value, key);
      return result === 0 ? null : result;
    };
  },
};

function ofField(spec: JsonObject, next: (aggregate: Json, item: Json) => Json): CaseAggregator {
  const field = optionalText(spec, 'field');
  return (aggregate, value) => next(aggregate, get(value, field));
}

function withoutFirst(aggregate: Json, item: Json): Json {
  const elements = elementsOf(aggregate);
  const index = elements.findIndex((element) => deepEqual(element, item));
  return index === -1 ? elements : elements.toSpliced(index, 1);
}

/** The smaller or larger of two, or whichever is a number; the item where neither is. */
export function extreme(a: Json, b: Json, choose: (a: number, b: number) => number): Json {
  if (typeof a !== 'number') return b;
  return typeof b === 'number' ? choose(a, b) : a;
}
