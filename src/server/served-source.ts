/** A MySQL source that is served, as far as servers tell of it. */
export interface ServedSource {
  status(): ServedSourceStatus;
  /** Asks the server how far behind the source is. */
  health(): Promise<ServedSourceHealth>;
}

/** What it is doing. */
export interface ServedSourceStatus {
  readonly state: string;
  readonly lagMs: number;
  readonly rowsEmitted: number;
  readonly reconnects: number;
  readonly tables: readonly {
    /** `database.table` */
    readonly table: string;
    readonly inserted: number;
    readonly updated: number;
    readonly deleted: number;
  }[];
  readonly snapshot: readonly {
    readonly table: string;
    readonly rows: number;
    readonly estimatedRows: number;
    readonly percent: number;
    readonly etaMs: number | null;
  }[];
}

/** How far it is behind its server. */
export interface ServedSourceHealth {
  readonly isReachable: boolean;
  readonly lagBytes: number | null;
  readonly hoursUntilPurged: number | null;
}
