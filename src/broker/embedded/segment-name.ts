/** What the name of a segment file says. */
export interface SegmentName {
  readonly baseOffset: number;
  /** The offset after the segment, where it was written by compaction; else it is the base offset of the next one. */
  readonly compactedTo: number | undefined;
}

/**
 * `<base offset>.log` for a segment as appended, `<base offset>-<next offset>.log` for one that compaction made out of all
 * segments in that range. The name alone says which files a compacted one replaces: a crash between its renaming and their
 * removal leaves nothing ambiguous.
 */
export function segmentFileName(name: SegmentName): string {
  return name.compactedTo === undefined
    ? `${digits(name.baseOffset)}.log`
    : `${digits(name.baseOffset)}-${digits(name.compactedTo)}.log`;
}

/** Reads a file name; undefined for files that are no segments. */
export function parseSegmentFileName(file: string): SegmentName | undefined {
  const match = /^(\d{20})(?:-(\d{20}))?\.log$/.exec(file);
  if (match === null) return undefined;
  return { baseOffset: Number(match[1]), compactedTo: match[2] === undefined ? undefined : Number(match[2]) };
}

function digits(offset: number): string {
  return String(offset).padStart(20, '0');
}
