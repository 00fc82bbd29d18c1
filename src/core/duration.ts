const MS_PER_UNIT: Readonly<Record<string, number>> = Object.freeze({
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
});

/** Seconds as milliseconds. */
export function seconds(count: number): number {
  return count * 1000;
}

/** Minutes as milliseconds. */
export function minutes(count: number): number {
  return count * 60_000;
}

/** Hours as milliseconds. */
export function hours(count: number): number {
  return count * 3_600_000;
}

/** Days of 24 hours as milliseconds. */
export function days(count: number): number {
  return count * 86_400_000;
}

/**
 * Reads a duration as people write it (`500ms`, `1.5s`, `5min`, `2h`, `7d`, or a bare number of milliseconds) as
 * milliseconds; null if it is not one, or not a whole number of milliseconds.
 */
export function parseDuration(text: string): number | null {
  const match = /^(-?\d+(?:\.\d+)?) ?(ms|s|min|h|d)?$/.exec(text.trim());
  if (match === null) return null;
  const durationMs = Number(match[1]) * (MS_PER_UNIT[match[2] ?? 'ms'] as number);
  return Number.isSafeInteger(durationMs) ? durationMs : null;
}

/** A number of milliseconds in the largest unit that takes no fraction: `90000` is `90s`. `parseDuration` reads it back. */
export function formatDuration(durationMs: number): string {
  const units = Object.entries(MS_PER_UNIT).toReversed();
  const [name, size] = units.find(([, unitMs]) => durationMs !== 0 && durationMs % unitMs === 0) ?? ['ms', 1];
  return `${durationMs / size}${name}`;
}
