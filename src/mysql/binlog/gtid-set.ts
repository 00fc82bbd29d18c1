import { MillraceError } from '../../core/millrace-error.ts';

/** An interval of transaction numbers, both ends included. */
type Interval = [first: bigint, last: bigint];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const TAG = /^[a-z_][a-z0-9_]{0,31}$/;
const LAST_GNO = 2n ** 63n - 1n;
const UUID_LENGTH = 36;

/**
 * A set of MySQL GTIDs, as `@@gtid_executed` prints it: `uuid:1-5:7,uuid2:1-3:tag:1-2` (tags since 8.3).
 *
 * For each source (`uuid`, or `uuid:tag`) it keeps sorted, disjoint, non-adjacent intervals of 64-bit numbers.
 * Mutable: `add` extends it in place; everything else makes a new set.
 */
export class GtidSet {
  readonly #intervals = new Map<string, Interval[]>();

  /** Reads MySQL's text, whatever its white space and order. Throws MYSQL_GTID_INVALID. */
  static parse(text: string): GtidSet {
    const set = new GtidSet();
    for (const block of text.split(',')) {
      const parts = block.trim().toLowerCase().split(':');
      if (parts.length === 1 && parts[0] === '') continue;
      set.#addBlock(parts, text);
    }
    return set;
  }

  /** True when there is no GTID in it. */
  get isEmpty(): boolean {
    return this.#intervals.size === 0;
  }

  /** Adds one GTID: `uuid:7` or `uuid:tag:7`. Throws MYSQL_GTID_INVALID. */
  add(gtid: string): void {
    const [source, number] = splitGtid(gtid);
    this.#addInterval(source, number, number);
  }

  /** Adds the GTIDs of a source (`uuid`, or `uuid:tag`) from one number to another, both included. */
  addRange(source: string, first: bigint, last: bigint): void {
    this.#addInterval(source, first, last);
  }

  /** The last number of a source before its first gap; undefined when there is none of that source. */
  endOfFirstInterval(source: string): bigint | undefined {
    return this.#intervals.get(source)?.[0]?.[1];
  }

  /** Whether the GTID is in the set. Throws MYSQL_GTID_INVALID. */
  has(gtid: string): boolean {
    const [source, number] = splitGtid(gtid);
    const intervals = this.#intervals.get(source);
    if (intervals === undefined) return false;
    const index = firstEndingAtOrAfter(intervals, number);
    const interval = intervals[index];
    return interval !== undefined && interval[0] <= number;
  }

  /** Whether every GTID of `other` is in this set. */
  contains(other: GtidSet): boolean {
    return other.subtract(this).isEmpty;
  }

  /** The GTIDs of either set. */
  union(other: GtidSet): GtidSet {
    const result = this.copy();
    for (const [source, intervals] of other.#intervals) {
      for (const [first, last] of intervals) result.#addInterval(source, first, last);
    }
    return result;
  }

  /** The GTIDs of this set that are not in `other`. */
  subtract(other: GtidSet): GtidSet {
    const result = new GtidSet();
    for (const [source, intervals] of this.#intervals) {
      const rest = subtractIntervals(intervals, other.#intervals.get(source) ?? []);
      if (rest.length > 0) result.#intervals.set(source, rest);
    }
    return result;
  }

  /** A set of its own with the same GTIDs. */
  copy(): GtidSet {
    const result = new GtidSet();
    for (const [source, intervals] of this.#intervals) {
      result.#intervals.set(
        source,
        intervals.map(([first, last]) => [first, last]),
      );
    }
    return result;
  }

  /** MySQL's text, sources in order, an untagged source before its tags. */
  toString(): string {
    let text = '';
    let previous = '';
    for (const source of [...this.#intervals.keys()].toSorted()) {
      const uuid = source.slice(0, 36);
      const tag = source.slice(36);
      if (uuid === previous) text += tag;
      else text += (text === '' ? '' : ',') + source;
      previous = uuid;
      for (const [first, last] of this.#intervals.get(source) as Interval[]) {
        text += first === last ? `:${first}` : `:${first}-${last}`;
      }
    }
    return text;
  }

  /**
   * The form in which COM_BINLOG_DUMP_GTID takes it. With tags it is the one of servers since 8.3, which older ones refuse.
   * Source: `Gtid_set::encode` of the server.
   */
  encode(): Buffer {
    const sources = [...this.#intervals.keys()].toSorted();
    const hasTags = sources.some((source) => source.length > UUID_LENGTH);
    const count = BigInt(sources.length);
    const parts = [uint64(hasTags ? (1n << 56n) | (count << 8n) | 1n : count)];
    for (const source of sources) {
      const intervals = this.#intervals.get(source) as Interval[];
      parts.push(Buffer.from(source.slice(0, UUID_LENGTH).replaceAll('-', ''), 'hex'));
      const tag = Buffer.from(source.slice(UUID_LENGTH + 1));
      if (hasTags) parts.push(Buffer.from([tag.length << 1]), tag);
      parts.push(uint64(BigInt(intervals.length)));
      for (const [first, last] of intervals) parts.push(uint64(first), uint64(last + 1n));
    }
    return Buffer.concat(parts);
  }

  #addBlock(parts: readonly string[], text: string): void {
    const uuid = (parts[0] as string).trim();
    if (!UUID.test(uuid) || parts.length < 2) throw invalid(text);
    let source = uuid;
    for (const raw of parts.slice(1)) {
      const part = raw.trim();
      if (TAG.test(part)) {
        source = `${uuid}:${part}`;
        continue;
      }
      const range = part.split('-');
      const first = parseNumber(range[0] ?? '', text);
      const last = range.length === 1 ? first : parseNumber(range[1] ?? '', text);
      if (range.length > 2 || last < first) throw invalid(text);
      this.#addInterval(source, first, last);
    }
  }

  #addInterval(source: string, first: bigint, last: bigint): void {
    const intervals = this.#intervals.get(source);
    if (intervals === undefined) {
      this.#intervals.set(source, [[first, last]]);
      return;
    }
    const tail = intervals[intervals.length - 1] as Interval;
    if (first === tail[1] + 1n) {
      tail[1] = last;
      return;
    }
    const from = firstEndingAtOrAfter(intervals, first - 1n);
    let to = from;
    let start = first;
    let end = last;
    while (to < intervals.length && (intervals[to] as Interval)[0] <= end + 1n) {
      const [otherFirst, otherLast] = intervals[to] as Interval;
      if (otherFirst < start) start = otherFirst;
      if (otherLast > end) end = otherLast;
      to++;
    }
    intervals.splice(from, to - from, [start, end]);
  }
}

/** The index of the first interval whose end is at or after `number`; the length when there is none. */
function firstEndingAtOrAfter(intervals: readonly Interval[], number: bigint): number {
  let low = 0;
  let high = intervals.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((intervals[middle] as Interval)[1] < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

function subtractIntervals(from: readonly Interval[], remove: readonly Interval[]): Interval[] {
  const rest: Interval[] = [];
  for (const [first, last] of from) {
    let start = first;
    for (let index = firstEndingAtOrAfter(remove, start); index < remove.length && start <= last; index++) {
      const [gapFirst, gapLast] = remove[index] as Interval;
      if (gapFirst > last) break;
      if (gapFirst > start) rest.push([start, gapFirst - 1n]);
      start = gapLast + 1n;
    }
    if (start <= last) rest.push([start, last]);
  }
  return rest;
}

function splitGtid(gtid: string): [source: string, number: bigint] {
  const colon = gtid.lastIndexOf(':');
  if (colon < 36) throw invalid(gtid);
  return [gtid.slice(0, colon), parseNumber(gtid.slice(colon + 1), gtid)];
}

function parseNumber(text: string, context: string): bigint {
  if (!/^\d+$/.test(text)) throw invalid(context);
  const number = BigInt(text);
  if (number < 1n || number > LAST_GNO) throw invalid(context);
  return number;
}

function uint64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

function invalid(text: string): MillraceError {
  return new MillraceError(
    'MYSQL_GTID_INVALID',
    `Expected a GTID set to be like "uuid:1-5:7" or "uuid:tag:1", got ${JSON.stringify(text)}`,
  );
}
