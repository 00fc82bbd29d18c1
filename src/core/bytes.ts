const BYTES_PER_UNIT: Readonly<Record<string, number>> = Object.freeze({
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
});

/** Kibibytes (1,024 bytes each) as bytes. */
export function kibibytes(count: number): number {
  return count * 2 ** 10;
}

/** Mebibytes (1,024 KiB each) as bytes. */
export function mebibytes(count: number): number {
  return count * 2 ** 20;
}

/**
 * Reads a size as people write it (`64MiB`, `1.5GiB`, `4096B`, or a bare number of bytes) as bytes; null if it is not one,
 * or not a whole number of bytes. Only binary units: `MB` means two different sizes and is null.
 */
export function parseBytes(text: string): number | null {
  const match = /^(-?\d+(?:\.\d+)?) ?(B|KiB|MiB|GiB|TiB)?$/.exec(text.trim());
  if (match === null) return null;
  const bytes = Number(match[1]) * (BYTES_PER_UNIT[match[2] ?? 'B'] as number);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** A number of bytes in the largest unit that takes no fraction: `67108864` is `64MiB`. `parseBytes` reads it back. */
export function formatBytes(bytes: number): string {
  const units = Object.entries(BYTES_PER_UNIT).toReversed();
  const [name, size] = units.find(([, unitBytes]) => bytes !== 0 && bytes % unitBytes === 0) ?? ['B', 1];
  return `${bytes / size}${name}`;
}
