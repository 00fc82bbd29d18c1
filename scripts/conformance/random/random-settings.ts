import type { JsonObject } from '../case-file.ts';
import type { RandomSource } from './random-source.ts';

/** How long windows are, how they move, and how late a record may be. */
export function randomWindow(random: RandomSource): JsonObject {
  const graceMs = random.pick([0, 0, 3, 10, 20, 1000]);
  const sizeMs = random.pick([5, 10, 10, 20]);
  return random.weighted<JsonObject>([
    [3, () => ({ type: 'tumbling', sizeMs, graceMs })],
    [2, () => ({ type: 'hopping', sizeMs, advanceMs: random.pick([3, 5, sizeMs]), graceMs })],
    [4, () => ({ type: 'sliding', timeDifferenceMs: random.pick([1, 4, 5, 10, 20]), graceMs })],
    [4, () => ({ type: 'session', gapMs: random.pick([1, 3, 5, 10, 0]), graceMs })],
    [0.7, () => ({ type: 'unlimited', startMs: random.pick([0, 0, 10]) })],
  ]);
}

/** What two streams are joined in; sometimes more to one side, and rarely not at the record's own time. */
export function randomJoinWindow(random: RandomSource): JsonObject {
  const [near, far] = [random.pick([0, 0, 1, 5, 10]), random.pick([0, 5, 10, 10, 20])];
  const span = random.weighted<JsonObject>([
    [6, () => ({ beforeMs: far, afterMs: far })],
    [4, () => ({ beforeMs: near, afterMs: far })],
    [4, () => ({ beforeMs: far, afterMs: near })],
    [0.5, () => ({ beforeMs: -Math.min(near, far), afterMs: Math.max(near, far) })],
  ]);
  return { ...span, graceMs: random.pick([0, 0, 5, 10, 50]) };
}

/** How a table is kept, if it is. */
export function randomStore(random: RandomSource, probability: number): JsonObject {
  if (!random.chance(probability)) return {};
  const store = random.weighted<JsonObject>([
    [3, () => ({ type: 'keyValue' })],
    [1, () => ({ type: 'inMemory' })],
    [0.7, () => ({ type: 'lru', maxEntries: random.between(1, 3) })],
    [3, () => ({ type: 'versioned', historyRetentionMs: random.pick([0, 5, 10, 20, 100, 1000]) })],
  ]);
  return { store };
}

/** How updates are held back; of windows that close mostly until then. */
export function randomSuppression(random: RandomSource, closes: boolean): JsonObject {
  if (closes && random.chance(0.7)) {
    return { until: 'windowCloses', ...(random.chance(0.15) ? { maxRecords: random.between(2, 6) } : {}) };
  }
  const full = random.pick<JsonObject>([
    {},
    { whenFull: 'emitEarly' },
    { whenFull: 'emitEarly' },
    { whenFull: 'shutDown' },
  ]);
  const buffer = random.chance(0.35) ? { maxRecords: random.between(1, 4), ...full } : {};
  return { until: 'timeLimit', timeLimitMs: random.pick([0, 1, 5, 10, 20]), ...buffer };
}

/** A processor, and by what it is run. */
export function randomProcessor(random: RandomSource): { readonly op: string; readonly processor: JsonObject } {
  const punctuation = random.pick(['streamTime', 'wallClock']);
  const sum = { fn: 'runningSum', ...random.pick([{}, { field: 'n' }]) };
  return random.weighted<{ op: string; processor: JsonObject }>([
    [2, () => ({ op: 'process', processor: { fn: random.pick(['dedupe', 'runningCount']) } })],
    [2, () => ({ op: 'process', processor: { fn: 'batch', punctuation, intervalMs: random.pick([3, 10, 20]) } })],
    [1, () => ({ op: 'processValues', processor: sum })],
    [1, () => ({ op: 'processValues', processor: { fn: 'withTimestamp' } })],
  ]);
}
