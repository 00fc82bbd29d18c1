/** Calls back after a time. Injected, so that tests decide how time passes. */
export interface Scheduler {
  /** A time that only goes forward, in milliseconds from an arbitrary moment; also while the process stands still. */
  nowMs(): number;
  /** Calls `action` once, `delayMs` milliseconds from now. What it returns takes that back. */
  after(delayMs: number, action: () => void): () => void;
}

/** The timers of Node. They do not keep a process alive. */
export const systemScheduler: Scheduler = {
  nowMs: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
