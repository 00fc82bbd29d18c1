/** Errors of state stores. */
export const storeErrors = {
  STORE_LOCKED: {
    cause: 'The files of a store are open elsewhere: in another process, or in a thread that does not end.',
    remedy: 'Stop the other process, or give this one its own directory with --data-dir; else start this one again.',
  },
  STORE_CORRUPTED: {
    cause: 'The files of a store are damaged.',
    remedy: 'Delete the directory named: the store is restored from its changelog at the next start.',
  },
  STORE_STORAGE: {
    cause: 'A store could not read or write its files (disk full, permissions, I/O error).',
    remedy: 'Free space or fix the directory, then start again: the store goes on from its last commit.',
  },
  STORE_CLOSED: {
    cause: 'A store was used after its task had been closed.',
    remedy: 'Do not keep stores or iterators beyond the life of the processor that got them.',
  },
  STORE_MIGRATION_FAILED: {
    cause:
      "A value of a store that an earlier program wrote could not be read by `from`, or `to` or the store's serde threw.",
    remedy:
      'Correct the step of `migrate` named by its version; nothing is lost, the changelog still has the old values.',
  },
  STORE_VERSION_UNKNOWN: {
    cause:
      'The changelog of a store has values of a later version than the program knows: an earlier program was started again.',
    remedy: 'Start the later program, or keep all its `migrate` steps in this one.',
  },
} as const;
