/** Compares two lists of numbers, the first difference deciding; Infinity is allowed. */
export function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < one.length; index++) {
    const [a, b] = [one[index] as number, other[index] as number];
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** The item of the lowest rank, the first of those that are equal; undefined of none. */
export function lowest<T>(items: Iterable<T>, rank: (item: T) => readonly number[]): T | undefined {
  let best: T | undefined;
  let bestRank: readonly number[] | undefined;
  for (const item of items) {
    const itsRank = rank(item);
    if (bestRank !== undefined && compareRanks(itsRank, bestRank) >= 0) continue;
    best = item;
    bestRank = itsRank;
  }
  return best;
}
