import { MillraceError } from '../../core/millrace-error.ts';
import type { Application } from '../../runtime/application.ts';
import type { Topology } from '../../topology/topology.ts';

/** An application that is served. */
export interface ServedApplication {
  readonly topology: Topology;
  readonly application: Application;
}

/** The applications of a process, by name: they may come while it is served already. */
export class ServedApplications {
  readonly #all = new Map<string, ServedApplication>();

  add(served: ServedApplication): void {
    this.#all.set(served.topology.name, served);
  }

  get all(): readonly ServedApplication[] {
    return [...this.#all.values()];
  }

  /** One by its name; without a name the only one. Throws QUERY_UNKNOWN_APPLICATION. */
  one(name: string | undefined): ServedApplication {
    const [first, ...others] = this.all;
    const found = name === undefined ? (others.length === 0 ? first : undefined) : this.#all.get(name);
    if (found !== undefined) return found;
    const known = [...this.#all.keys()].join(', ');
    throw new MillraceError(
      'QUERY_UNKNOWN_APPLICATION',
      name === undefined
        ? `Expected a path that names one of the applications (${known}), got one without`
        : `Expected one of the applications (${known}), got "${name}"`,
    );
  }
}
