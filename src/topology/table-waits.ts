import { MillraceError } from '../core/millrace-error.ts';
import type { TableWait } from './topology.ts';

/** The topics that wait for tables, collected while a graph is built. */
export class TableWaits {
  readonly #tablesOf = new Map<string, Set<string>>();

  /** Has topics wait for those of a table. What is read as both does not wait for itself. */
  add(streams: readonly string[], tables: readonly string[]): void {
    for (const stream of streams) {
      if (tables.includes(stream)) continue;
      this.#tablesOf.set(stream, new Set([...(this.#tablesOf.get(stream) ?? []), ...tables]));
    }
  }

  /** All of them, frozen. Throws TOPOLOGY_INVALID where topics wait for each other, so that none would ever be read. */
  freeze(): readonly TableWait[] {
    for (const topic of this.#tablesOf.keys()) this.#mustEnd(topic, []);
    return Object.freeze(
      [...this.#tablesOf].map(([stream, tables]) => Object.freeze({ stream, tables: Object.freeze([...tables]) })),
    );
  }

  #mustEnd(topic: string, path: readonly string[]): void {
    if (path.includes(topic)) {
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected no streams that \`waitForTable\` has wait for each other, got ${[...path, topic].join(' -> ')}`,
      );
    }
    for (const table of this.#tablesOf.get(topic) ?? []) this.#mustEnd(table, [...path, topic]);
  }
}
