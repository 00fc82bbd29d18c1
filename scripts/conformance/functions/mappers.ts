import type { CaseKey, Json, JsonObject } from '../case-file.ts';
import { compile, optionalText, requiredList, requiredText, type FunctionTable } from './function-table.ts';
import { predicate } from './predicates.ts';
import { elementsOf, get, num, objectOf, text, withField } from './values.ts';

/** MAP: makes a value of a value and its key; null is a tombstone. */
export type CaseMapper = (value: Json, key: CaseKey) => Json;

/** FLAT: makes a list of a value and its key. */
export type CaseFlatMapper = (value: Json, key: CaseKey) => readonly Json[];

/** Makes the mapper that a case describes. */
export function mapper(spec: Json | undefined): CaseMapper {
  return compile('mapper', mappers, spec);
}

/** Makes the flat mapper that a case describes. */
export function flatMapper(spec: Json | undefined): CaseFlatMapper {
  return compile('flat mapper', flatMappers, spec);
}

const mappers: FunctionTable<CaseMapper> = {
  value: () => (value) => value,
  const: (spec) => {
    const value = spec['value'] ?? null;
    return () => value;
  },
  field: (spec) => {
    const field = optionalText(spec, 'field');
    return (value) => get(value, field);
  },
  key: () => (_value, key) => (typeof key === 'object' && key !== null ? { ...key } : key),
  object: (spec) => {
    const fields = Object.entries(objectOf(spec['fields']) ?? {}).map(([name, of]) => ({ name, map: mapper(of) }));
    return (value, key) => Object.fromEntries(fields.map(({ name, map }) => [name, map(value, key)]));
  },
  set: (spec) => {
    const [field, to] = [requiredText(spec, 'field'), mapper(spec['to'])];
    return (value, key) => withField(value, field, to(value, key));
  },
  add: (spec) => arithmetic(spec, (a, b) => a + b),
  sub: (spec) => arithmetic(spec, (a, b) => a - b),
  mul: (spec) => arithmetic(spec, (a, b) => a * b),
  concat: (spec) => {
    const [parts, sep] = [requiredList(spec, 'parts').map(mapper), optionalText(spec, 'sep') ?? ''];
    return (value, key) => parts.map((part) => text(part(value, key))).join(sep);
  },
  if: (spec) => {
    const [cond, yes, no] = [predicate(spec['cond']), mapper(spec['then']), mapper(spec['else'])];
    return (value, key) => (cond(value, key) ? yes(value, key) : no(value, key));
  },
};

const flatMappers: FunctionTable<CaseFlatMapper> = {
  explode: (spec) => {
    const field = optionalText(spec, 'field');
    return (value) => elementsOf(get(value, field));
  },
  split: (spec) => {
    const [field, sep] = [optionalText(spec, 'field'), requiredText(spec, 'sep')];
    return (value) => {
      const whole = get(value, field);
      return typeof whole === 'string' ? whole.split(sep).filter((piece) => piece !== '') : [];
    };
  },
  list: (spec) => {
    const items = requiredList(spec, 'items').map(mapper);
    return (value, key) => items.map((item) => item(value, key));
  },
};

/** Adding 0 makes 0 of -0, which no case has. */
function arithmetic(spec: JsonObject, of: (a: number, b: number) => number): CaseMapper {
  const [a, b] = [mapper(spec['a']), mapper(spec['b'])];
  return (value, key) => of(num(a(value, key)), num(b(value, key))) + 0;
}
