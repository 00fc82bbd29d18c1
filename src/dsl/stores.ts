import type { Serde } from '../serde/serde.ts';
import type { DslContext } from './dsl-context.ts';

/** Adds a changelogged key-value store that is read by key only, and connects it. */
export function addTableStore(
  context: DslContext,
  store: { name: string; keySerde: Serde<any>; valueSerde: Serde<any> },
): void {
  context.graph.addStore({ kind: 'key-value', storage: 'persistent', scans: false, logged: true, ...store });
}
