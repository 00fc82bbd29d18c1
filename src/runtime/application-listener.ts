import type { ApplicationState } from './application-state.ts';

/** A store that is being restored from its changelog. */
export interface RestoreProgress {
  readonly store: string;
  /** `1_3`. */
  readonly task: string;
  /** The first changelog offset to be replayed. */
  readonly fromOffset: number;
  /** The changelog offset to reach. */
  readonly endOffset: number;
  /** Up to where it is replayed. */
  readonly offset: number;
  /** How many records were applied so far. */
  readonly restored: number;
}

/** Is told what an application does. Its methods must not throw; they are called between records. */
export interface ApplicationListener {
  onStateChange?(state: ApplicationState, before: ApplicationState): void;
  /** Only for stores that have something to replay. */
  onRestoreStart?(progress: RestoreProgress): void;
  onRestoreBatch?(progress: RestoreProgress): void;
  onRestoreEnd?(progress: RestoreProgress): void;
}
