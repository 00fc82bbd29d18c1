import type { CaseInput, Json, JsonObject, Step } from '../case-file.ts';
import type { RandomSource } from './random-source.ts';

/** Makes inputs for the topics that a program reads: out of order, late, at equal times and on edges, without keys, values or fields. */
export function randomInputs(random: RandomSource, topology: readonly Step[]): CaseInput[] {
  const topics = topology.flatMap((step) => (step['topics'] ?? step['topic'] ?? []) as string | string[]);
  const written = new Set(topology.filter(({ op }) => op === 'to').map((step) => step['topic']));
  const sources = topology.filter(({ op }) => op === 'stream' || op === 'table' || op === 'globalTable');
  const read = [...new Set(sources.flatMap((step) => (step['topics'] ?? step['topic']) as string | string[]))];
  const fed = read.filter((topic) => topics.includes(topic) && (!written.has(topic) || random.chance(0.2)));
  const usesWallClock = JSON.stringify(topology).includes('"wallClock"');
  const crashesOnNullKeys = topology.some(({ op, graceMs }) => op === 'leftJoin' && graceMs !== undefined);
  const times = new Times(random);
  return random.list(8, 34, (): CaseInput => {
    if (random.chance(usesWallClock ? 0.15 : 0.01)) return { advanceWallClockMs: random.pick([1, 2, 5, 9, 10, 35]) };
    return {
      topic: random.pick(fed),
      key: random.chance(crashesOnNullKeys ? 0 : 0.05) ? null : randomKey(random),
      value: randomValue(random),
      timestamp: times.next(),
      ...(random.chance(0.1) ? { headers: { [random.pick(['h', 'trace'])]: random.pick(['1', 'é']) } } : {}),
    };
  });
}

/** Mostly forwards in small steps, with repeats, jumps, and records from before. */
class Times {
  readonly #random: RandomSource;
  readonly #step: number;
  #latest: number;

  constructor(random: RandomSource) {
    this.#random = random;
    this.#step = random.pick([1, 3, 5, 10]);
    this.#latest = random.pick([0, 0, 5, 10, 100]);
  }

  next(): number {
    const random = this.#random;
    return random.weighted([
      [3, () => this.#latest],
      [6, () => (this.#latest += random.between(0, this.#step))],
      [2, () => (this.#latest = Math.ceil((this.#latest + 1) / 10) * 10 + random.between(-1, 1))],
      [0.7, () => (this.#latest += random.between(10, 60))],
      [3, () => Math.max(0, this.#latest - random.between(1, 2 * this.#step))],
      [1, () => Math.max(0, this.#latest - random.between(5, 40))],
    ]);
  }
}

function randomKey(random: RandomSource): string {
  return random.pick(['a', 'a', 'a', 'b', 'b', 'c', 'x', 'y', 'é', '😀', '\uffee', 'ab', '']);
}

function randomValue(random: RandomSource): Json {
  return random.weighted<Json>([
    [1.5, () => null],
    [0.7, () => random.pick<Json>([0, 1, 2, -3, 'x', 'a b', '', true, false, [1, null, 'x'], []])],
    [8, () => randomRow(random)],
  ]);
}

function randomRow(random: RandomSource): JsonObject {
  const row: { [field: string]: Json } = {};
  if (random.chance(0.9)) row['g'] = random.pick<Json>(['x', 'x', 'y', 'z', null]);
  if (random.chance(0.9)) row['n'] = random.between(-1, 4);
  if (random.chance(0.6)) row['p'] = random.pick<Json>(['a', 'b', 'x', 'y', null, 7]);
  if (random.chance(0.2)) row['s'] = random.pick(['a b', 'b.c', 'aa', 'm', '']);
  if (random.chance(0.25)) row['xs'] = random.list<Json>(0, 3, () => random.pick<Json>([1, 2, null, { g: 'x', n: 2 }]));
  if (random.chance(0.15)) row['ts'] = random.pick<Json>([0, 5, 17, 40, 'late', -1]);
  if (random.chance(0.2)) row['a'] = random.pick<Json>([{ b: 2 }, 3, null]);
  return row;
}
