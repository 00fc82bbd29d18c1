import type { CaseKey, Json } from '../case-file.ts';
import { compile, optionalText, requiredList, type FunctionTable } from './function-table.ts';
import { get, keyText, str } from './values.ts';

/** SEL: chooses a key; null is a record without one. */
export type CaseSelector = (value: Json, key: CaseKey) => CaseKey;

/** Makes the selector that a case describes. */
export function selector(spec: Json | undefined): CaseSelector {
  return compile('selector', selectors, spec);
}

/** A selector that is known to make plain keys. */
export function textSelector(spec: Json | undefined): (value: Json, key: CaseKey) => string | null {
  const select = selector(spec);
  return (value, key) => keyText(select(value, key));
}

const selectors: FunctionTable<CaseSelector> = {
  key: () => (_value, key) => key,
  field: (spec) => {
    const field = optionalText(spec, 'field');
    return (value) => str(get(value, field));
  },
  const: (spec) => {
    const value = str(spec['value'] ?? null);
    return () => value;
  },
  windowKey: () => (_value, key) => keyText(key),
  windowString: () => (_value, key) =>
    typeof key === 'object' && key !== null ? `${key.key}@${key.start}-${key.end}` : key,
  concat: (spec) => {
    const parts = requiredList(spec, 'parts').map(textSelector);
    const sep = optionalText(spec, 'sep') ?? '';
    return (value, key) => {
      const texts = parts.map((part) => part(value, key));
      return texts.includes(null) ? null : texts.join(sep);
    };
  },
};
