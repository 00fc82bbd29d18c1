import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/core/error-catalogue/index.ts';

const root = join(import.meta.dirname, '..', '..');
const areas = join(root, 'src', 'core', 'error-catalogue');
// The scripts for development throw the errors of the servers that they start.
const files = ['src', 'scripts'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.ts') && !file.includes('error-catalogue'))
    .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') })),
);

describe('the catalogue', () => {
  test.each(Object.keys(catalogue))('%s is thrown somewhere', (code) => {
    expect(files.filter(({ text }) => text.includes(`'${code}'`)).map(({ file }) => file)).not.toEqual([]);
  });

  test.each(Object.entries(catalogue))('%s has a cause and a remedy in whole sentences', (_code, { cause, remedy }) => {
    expect(cause).toMatch(/^[A-Z`"].*\.$/s);
    expect(remedy).toMatch(/^[A-Z`"].*\.$/s);
  });
});

test('no two areas declare the same code', () => {
  const declared = readdirSync(areas)
    .filter((file) => file !== 'index.ts')
    .flatMap((file) =>
      [...readFileSync(join(areas, file), 'utf8').matchAll(/^ {2}([A-Z_]+): \{/gm)].map(([, code]) => code),
    );
  expect(declared.toSorted()).toEqual(Object.keys(catalogue).toSorted());
});

test('src throws no error of its own but MillraceError and its kinds', () => {
  const shipped = files.filter(({ file }) => file.startsWith('src'));
  const foreign = shipped.flatMap(({ file, text }) =>
    [...text.matchAll(/new (?:Type|Range|Syntax|Aggregate)?Error\(/g)].map(([call]) => `${file}: ${call}`),
  );
  expect(foreign).toEqual([]);
});
