/** What `millrace mysql snapshot` can do. */
export const snapshotActions = ['start', 'stop', 'pause', 'resume', 'status'] as const;

/** One of them. */
export type SnapshotAction = (typeof snapshotActions)[number];
