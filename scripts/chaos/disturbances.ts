import type { SeededRandom } from '../demo/seeded-random.ts';

/** What is done to an instance, or to the broker. */
export type Disturbance =
  | { readonly kind: 'kill'; readonly instance: number; readonly downMs: number }
  | { readonly kind: 'freeze'; readonly instance: number; readonly frozenMs: number }
  | { readonly kind: 'rolling restart' }
  | { readonly kind: 'kill the broker'; readonly downMs: number };

/** What a plan is made for. */
export interface DisturbanceOptions {
  readonly rounds: number;
  readonly instances: number;
  readonly sessionTimeoutMs: number;
}

/**
 * A disturbance for each round. The kinds take turns, so that however few rounds there are every kind comes; the broker is
 * killed after a third and after two thirds of them, once where there are less than six.
 */
export function planDisturbances(random: SeededRandom, options: DisturbanceOptions): readonly Disturbance[] {
  const { rounds, instances, sessionTimeoutMs } = options;
  const brokerRounds = new Set(rounds < 6 ? [rounds - 1] : [Math.floor(rounds / 3), Math.floor((2 * rounds) / 3)]);
  const kinds = [kill, freeze, rollingRestart, kill, freeze, kill];
  let turn = 0;
  return Array.from({ length: rounds }, (_, round): Disturbance => {
    if (brokerRounds.has(round)) return { kind: 'kill the broker', downMs: random.between(2000, 5000) };
    const make = kinds[turn++ % kinds.length] ?? kill;
    return make(random, random.between(0, instances - 1), sessionTimeoutMs);
  });
}

function kill(random: SeededRandom, instance: number): Disturbance {
  return { kind: 'kill', instance, downMs: random.between(0, 3000) };
}

/** Longer than a session, so that others have its tasks when it goes on. */
function freeze(random: SeededRandom, instance: number, sessionTimeoutMs: number): Disturbance {
  return { kind: 'freeze', instance, frozenMs: sessionTimeoutMs + random.between(1000, 3000) };
}

function rollingRestart(): Disturbance {
  return { kind: 'rolling restart' };
}
