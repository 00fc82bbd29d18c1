import type { Step } from '../case-file.ts';
import { requiredText } from '../functions/function-table.ts';
import { objectOf } from '../functions/values.ts';
import { UnsupportedStep } from './step-table.ts';

/** The option for a step's `store`: its name where the step asks to be kept, nothing otherwise. */
export function storeOption(step: Step, id: string): { store?: string } {
  const store = objectOf(step['store'] ?? null);
  if (store === null) return {};
  const type = requiredText(store, 'type');
  if (type !== 'keyValue' && type !== 'inMemory') throw new UnsupportedStep(`${type} store`);
  return { store: `${id}-kept` };
}
