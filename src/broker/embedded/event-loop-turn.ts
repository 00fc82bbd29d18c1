import { setImmediate } from 'node:timers/promises';

// Long enough to cost nothing, short enough for heartbeats and signals.
const MAX_TURN_MS = 10;

/**
 * Lets timers and sockets have their turn. Calls of the embedded broker are done at once, and a loop over promises that are
 * done at once would keep the event loop from everything else.
 */
export class EventLoopTurn {
  #beganMs = performance.now();

  /** Whether it is time to wait for `next`. */
  get isOver(): boolean {
    return performance.now() - this.#beganMs > MAX_TURN_MS;
  }

  async next(): Promise<void> {
    await setImmediate();
    this.#beganMs = performance.now();
  }
}
