import type { BatchHeader } from './batch-header.ts';

// One entry for about this many bytes: a fetch reads and skips no more than that before its offset.
const BYTES_PER_ENTRY = 32 * 1024;

/** Where in a segment offsets and timestamps are: every 32 KiB or so an entry, in memory. */
export class SegmentIndex {
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];
  readonly #maxTimestamps: number[] = [];
  /** Bytes of the segment that are indexed. */
  end = 0;

  /** Adds the next batch, which lies at `end`. */
  add(header: BatchHeader): void {
    const last = this.#positions.length - 1;
    if (last < 0 || this.end - (this.#positions[last] as number) >= BYTES_PER_ENTRY) {
      this.#offsets.push(header.baseOffset);
      this.#positions.push(this.end);
      this.#maxTimestamps.push(header.maxTimestamp);
    } else if (header.maxTimestamp > (this.#maxTimestamps[last] as number)) {
      this.#maxTimestamps[last] = header.maxTimestamp;
    }
    this.end += header.length;
  }

  /** Where to begin reading for an offset: the beginning of a batch at or before it. */
  positionOf(offset: number): number {
    let low = 0;
    let high = this.#offsets.length - 1;
    if (high < 0) return 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#offsets[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#positions[low] as number;
  }

  /** The first offset from which on a timestamp of at least this one is near; undefined where there is none. */
  offsetNearTimestamp(timestamp: number): number | undefined {
    const entry = this.#maxTimestamps.findIndex((most) => most >= timestamp);
    return entry < 0 ? undefined : this.#offsets[entry];
  }

  /** The greatest timestamp; −1 for none. */
  get maxTimestamp(): number {
    return this.#maxTimestamps.reduce((most, timestamp) => Math.max(most, timestamp), -1);
  }
}
