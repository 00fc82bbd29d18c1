/** How an instance of the count topology is run. */
export interface CountingOptions {
  /** `host:port`. */
  readonly bootstrap: string;
  readonly application: string;
  readonly stateDirectory: string;
  readonly guarantee: 'exactly_once' | 'at_least_once';
  readonly threads: number;
  /** Makes it a static member; null: a dynamic one. */
  readonly instanceId: string | null;
  readonly partitions: number;
  /** Processes nothing until it gets a message. */
  readonly paused: boolean;
}

/** What it says. */
export interface CountingMessage {
  readonly kind: 'running' | 'processing';
  /** How many tasks it has. */
  readonly tasks: number;
  /** Records replayed from changelogs so far. */
  readonly restored: number;
  /** Since its process was started. */
  readonly uptimeMs: number;
}
