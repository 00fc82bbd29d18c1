import type { Step } from '../case-file.ts';
import { requiredNumber, requiredText } from '../functions/function-table.ts';
import { objectOf } from '../functions/values.ts';
import { UnsupportedStep } from './step-table.ts';

/** How a step asks its result to be kept. */
export interface StoreKind {
  readonly storage?: 'memory';
  readonly versioned?: { readonly historyRetentionMs: number };
  readonly lru?: { readonly maxEntries: number };
}

/** The options for a step's `store`: its name and kind where the step asks to be kept, nothing otherwise. */
export function storeOption(step: Step, id: string): StoreKind & { store?: string } {
  return objectOf(step['store'] ?? null) === null ? {} : { store: `${id}-kept`, ...storeKind(step) };
}

/** The kind of a step's `store`, for operators that are kept in any case. */
export function storeKind(step: Step): StoreKind {
  const store = objectOf(step['store'] ?? null);
  if (store === null) return {};
  const type = requiredText(store, 'type');
  switch (type) {
    case 'keyValue':
      return {};
    case 'inMemory':
      return { storage: 'memory' };
    case 'lru':
      return { lru: { maxEntries: requiredNumber(store, 'maxEntries') } };
    case 'versioned':
      return { versioned: { historyRetentionMs: requiredNumber(store, 'historyRetentionMs') } };
    default:
      throw new UnsupportedStep(`${type} store`);
  }
}
