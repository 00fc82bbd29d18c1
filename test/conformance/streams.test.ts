import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../scripts/conformance/build-program.ts';
import { readCases, type ConformanceCase } from '../../scripts/conformance/case-file.ts';
import { differences } from '../../scripts/conformance/compare-outputs.ts';
import { deviations } from '../../scripts/conformance/deviations.ts';
import { runCase } from '../../scripts/conformance/run-case.ts';
import { UnsupportedStep } from '../../scripts/conformance/steps/step-table.ts';

/** What cases wait for. Each operator that is added shortens the list. */
const waitingFor: string[] = [];

const cases = readCases(join(import.meta.dirname, 'streams'));
/** Recorded by the project itself: `npm run conformance:record`. */
const recorded = readCases(join(import.meta.dirname, 'recorded'));

const supported = cases.filter((one) => unsupportedReason(one) === null && !(one.name in deviations));

describe('does what Kafka Streams did', () => {
  test.each([...supported, ...recorded])('$name', async (expected) => {
    expect(differences(expected, await runCase(expected), 'strict')).toEqual([]);
  });
});

describe('does the same with all optimizations', () => {
  test.each([...supported, ...recorded])('$name', async (expected) => {
    expect(differences(expected, await runCase(expected, { optimization: 'all' }), 'strict')).toEqual([]);
  });
});

test('with a record cache and a commit after each record, nothing comes of what was not there and is not now, nor deletes right before updates', async () => {
  const missing: { readonly [name: string]: string[] } = Object.fromEntries(
    await Promise.all(
      supported.map(async (one) => {
        const lines = differences(one, await runCase(one, { recordCacheBytes: 10_000_000 }), 'strict');
        return [one.name, lines.filter((line) => !line.startsWith(' '))] as const;
      }),
    ),
  );
  expect(Object.fromEntries(Object.entries(missing).filter(([, lines]) => lines.length > 0))).toMatchInlineSnapshot(`
    {
      "groupByKey-aggregate-null-result": [
        "- out "b" = null @30 (input 4)",
      ],
      "tt-join": [
        "- out "k" = null @20 (input 4)",
      ],
      "tt-leftJoin": [
        "- out "k" = {"left":"a2","right":null} @20 (input 4)",
      ],
      "tt-outerJoin": [
        "- out "k" = {"left":"a2","right":null} @20 (input 4)",
      ],
      "window-session-count": [
        "- out {"end":14,"key":"a","start":10} = null @14 (input 2)",
      ],
      "window-session-late": [
        "- out {"end":24,"key":"a","start":10} = null @24 (input 7)",
      ],
      "window-session-reduce": [
        "- out {"end":20,"key":"a","start":10} = null @20 (input 3)",
      ],
    }
  `);
});

test('the cases that are not run wait for the operators known to be missing', () => {
  const reasons = new Set(cases.map(unsupportedReason).filter((reason) => reason !== null));
  expect([...reasons].sort()).toEqual(waitingFor);
});

describe('the comparison', () => {
  const expected = cases.find(({ name }) => name === 'stateless-split') as ConformanceCase;

  test('tells a record that is missing, one too many, and one at another input', async () => {
    const run = await runCase(expected);
    const [first, ...rest] = run.outputs;

    expect(differences(expected, { ...run, outputs: rest }, 'strict')).toContainEqual(expect.stringMatching(/^- big/));
    expect(differences(expected, { ...run, outputs: [...run.outputs, first as never] }, 'strict')).toContainEqual(
      expect.stringMatching(/^\+ big/),
    );
    expect(
      differences(expected, { ...run, outputs: [{ ...first, cause: 9 } as never, ...rest] }, 'strict'),
    ).not.toEqual([]);
  });

  test('by key does not mind the order of different keys', async () => {
    const run = await runCase(expected);
    const shuffled = { ...run, outputs: run.outputs.toReversed() };

    expect(differences(expected, shuffled, 'strict')).not.toEqual([]);
    expect(differences(expected, shuffled, 'per-key')).toEqual([]);
  });

  test('tells an input that should have failed', async () => {
    const run = await runCase(expected);
    expect(differences({ ...expected, error: { input: 1 } }, run, 'strict')).toEqual(['- input 1 fails']);
  });
});

function unsupportedReason(conformanceCase: ConformanceCase): string | null {
  try {
    buildProgram(conformanceCase);
    return null;
  } catch (error) {
    if (error instanceof UnsupportedStep) return error.message;
    throw error;
  }
}
