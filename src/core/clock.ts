/** The time of day, in milliseconds since the epoch. Injected, so that tests decide what time it is. */
export interface Clock {
  now(): number;
}

/** The clock of the machine. */
export const systemClock: Clock = { now: () => Date.now() };
