import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../core/logger.ts';
import { applicationDirectory, type StateLocation } from '../state/application-directory.ts';

/**
 * The ids that the threads of this process have in the group of an application, kept with its local state, which one process
 * at a time uses. So a process that comes back after it was killed knows whose sessions nobody need wait for.
 */
export class MemberIds {
  readonly #directory: string;
  readonly #logger: Logger;

  constructor(location: StateLocation, logger: Logger) {
    this.#directory = applicationDirectory(location);
    this.#logger = logger;
  }

  /** What a thread was known as last, in this process or the one before; null where none was. */
  async last(thread: number): Promise<string | null> {
    const id = await readFile(this.#fileOf(thread), 'utf8').catch(() => '');
    return id === '' ? null : id;
  }

  /** Keeps an id. Without it a successor waits for the session to end, so what fails of it is only logged. */
  keep(thread: number, memberId: string): void {
    writeFile(this.#fileOf(thread), memberId).catch((error: unknown) => {
      this.#logger.warn('the id of a group member could not be kept', { thread, reason: String(error) });
    });
  }

  #fileOf(thread: number): string {
    return join(this.#directory, `member-id-${thread}`);
  }
}
