import { join } from 'node:path';
import { DirectoryLock } from '../../core/directory-lock.ts';

/** Where the local state of an application is. */
export interface StateLocation {
  readonly stateDirectory: string;
  readonly applicationId: string;
}

/** `<stateDirectory>/<applicationId>`: everything that one application keeps on this machine. */
export function applicationDirectory({ stateDirectory, applicationId }: StateLocation): string {
  return join(stateDirectory, applicationId);
}

/**
 * Keeps other processes from the local state of an application, and from the identity in its group that is kept with it. The
 * threads of one process share it. Throws STATE_DIRECTORY_LOCKED with the pid of the process that has it, STORE_STORAGE.
 */
export function lockApplicationDirectory(location: StateLocation): DirectoryLock {
  return DirectoryLock.take(applicationDirectory(location), {
    locked: 'STATE_DIRECTORY_LOCKED',
    storage: 'STORE_STORAGE',
  });
}
