import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const files = ['src', 'test', 'scripts', 'topologies', 'benchmarks'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.[cm]?[jt]s$/.test(file))
    .map((file) => join(folder, file)),
);

function filesWith(pattern: RegExp): string[] {
  return files.filter(
    (file) => file !== join('test', 'house-rules.test.ts') && pattern.test(readFileSync(join(root, file), 'utf8')),
  );
}

test('there are files to look at', () => {
  expect(files.length).toBeGreaterThan(100);
});

test('nobody is exempt from the linter, the formatter or the compiler', () => {
  expect(filesWith(/(?:oxlint|eslint)-disable|oxfmt-ignore|prettier-ignore|@ts-(?:ignore|nocheck)/)).toEqual([]);
});

test('no folder or file is a drawer for everything', () => {
  expect(files.filter((file) => /\b(?:utils?|helpers?|common|internals?|misc)\b/i.test(file))).toEqual([]);
});

test('no test is skipped, and none runs alone', () => {
  expect(filesWith(/\b(?:test|describe|it)\.(?:only|skip|todo)\(/)).toEqual([]);
});

test('every operator that a handle calls has a test of its own', () => {
  const operators = files
    .filter((file) => /^src\/dsl\/[^/]+\.ts$/.test(file))
    .flatMap(
      (file) => readFileSync(join(root, file), 'utf8').match(/^import (?!type)[^;]*'\.\/operators\/[^']+'/gm) ?? [],
    )
    // What starts in lower case is a value: a function that adds an operator.
    .filter((line) => /[{,]\s*[a-z](?!ype )\w*\b/.test(line))
    .map((line) => /operators\/(.*)\.ts'$/.exec(line)?.[1] as string);
  // The folds of windows are tested with the windows.
  const wanted = new Set(operators.filter((operator) => operator !== 'windowed/window-fold'));
  expect(wanted.size).toBeGreaterThan(30);
  const tests = new Set(files.filter((file) => file.startsWith(join('test', 'dsl', 'operators'))));
  const untested = [...wanted].filter(
    (operator) => !tests.has(join('test', 'dsl', 'operators', `${operator}.test.ts`)),
  );
  expect(untested).toEqual([]);
});
