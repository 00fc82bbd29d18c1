import type { CaseRecord, ConformanceCase, Json } from './case-file.ts';
import type { CaseRun } from './run-case.ts';

/**
 * How outputs are compared. `strict`: the same sequence in each topic, each record at the same input. `per-key`: the same
 * records of each key of a topic in the same order, which is what Kafka promises of several partitions.
 */
export type Comparison = 'strict' | 'per-key';

/** Tells how a run differs from what its case expects: one line for each record that is missing (-) or too many (+). */
export function differences(expected: ConformanceCase, run: CaseRun, comparison: Comparison): readonly string[] {
  const wanted = groups(
    expected.outputs.map((record, index) => ({ record, cause: expected.outputCauses?.[index] })),
    comparison,
  );
  const withCauses = expected.outputCauses !== undefined;
  const made = groups(
    run.outputs.map((record) => ({ record, cause: withCauses ? record.cause : undefined })),
    comparison,
  );
  const names = [...new Set([...wanted.keys(), ...made.keys()])].sort();
  return [
    ...failureDifferences(expected, run),
    ...names.flatMap((name) => diff(wanted.get(name) ?? [], made.get(name) ?? [])),
  ];
}

function failureDifferences({ error }: ConformanceCase, { failure }: CaseRun): readonly string[] {
  if (error?.input === failure?.input) return [];
  const lines = error === undefined ? [] : [`- input ${error.input} fails`];
  return failure === null ? lines : [...lines, `+ input ${failure.input} fails: ${String(failure.error)}`];
}

/** The records as lines, by what must be in order: a topic, or a key of a topic. */
function groups(
  outputs: readonly { record: CaseRecord; cause: number | undefined }[],
  comparison: Comparison,
): ReadonlyMap<string, readonly string[]> {
  const lines = new Map<string, string[]>();
  for (const { record, cause } of outputs) {
    const { topic, key, value, timestamp, headers } = record;
    const group = comparison === 'strict' ? topic : `${topic} ${canonical(key as Json)}`;
    const shownHeaders = headers === undefined || Object.keys(headers).length === 0 ? '' : ` ${canonical(headers)}`;
    const shownCause = comparison === 'strict' && cause !== undefined ? ` (input ${cause})` : '';
    const line = `${topic} ${canonical(key as Json)} = ${canonical(value)} @${timestamp}${shownHeaders}${shownCause}`;
    const known = lines.get(group);
    if (known === undefined) lines.set(group, [line]);
    else known.push(line);
  }
  return lines;
}

/** JSON with the fields of objects in order. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** The lines that two lists do not have in common, around their longest common subsequence; none where they are the same. */
function diff(wanted: readonly string[], made: readonly string[]): string[] {
  const common = commonLengths(wanted, made);
  const lines: string[] = [];
  for (let w = 0, m = 0; w < wanted.length || m < made.length;) {
    if (w < wanted.length && m < made.length && wanted[w] === made[m]) {
      lines.push(`  ${wanted[w]}`);
      w++;
      m++;
    } else if (m === made.length || (w < wanted.length && at(common, w + 1, m) >= at(common, w, m + 1))) {
      lines.push(`- ${wanted[w++]}`);
    } else {
      lines.push(`+ ${made[m++]}`);
    }
  }
  return lines.some((line) => !line.startsWith('  ')) ? lines : [];
}

/** `[w][m]`: the length of the longest common subsequence of what is left from `w` and `m` on. */
function commonLengths(wanted: readonly string[], made: readonly string[]): readonly (readonly number[])[] {
  const lengths = Array.from({ length: wanted.length + 1 }, () => new Array<number>(made.length + 1).fill(0));
  for (let w = wanted.length - 1; w >= 0; w--) {
    for (let m = made.length - 1; m >= 0; m--) {
      const length =
        wanted[w] === made[m] ? at(lengths, w + 1, m + 1) + 1 : Math.max(at(lengths, w + 1, m), at(lengths, w, m + 1));
      (lengths[w] as number[])[m] = length;
    }
  }
  return lengths;
}

function at(lengths: readonly (readonly number[])[], w: number, m: number): number {
  return lengths[w]?.[m] ?? 0;
}
