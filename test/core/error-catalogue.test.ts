import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/core/error-catalogue/index.ts';

const source = join(import.meta.dirname, '..', '..', 'src');
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.includes('error-catalogue'))
  .map((file) => ({ file, text: readFileSync(join(source, file), 'utf8') }));

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
  const areas = join(source, 'core', 'error-catalogue');
  const declared = readdirSync(areas)
    .filter((file) => file !== 'index.ts')
    .flatMap((file) =>
      [...readFileSync(join(areas, file), 'utf8').matchAll(/^ {2}([A-Z_]+): \{/gm)].map(([, code]) => code),
    );
  expect(declared.toSorted()).toEqual(Object.keys(catalogue).toSorted());
});

test('src throws no error of its own but MillraceError and its kinds', () => {
  const foreign = files.flatMap(({ file, text }) =>
    [...text.matchAll(/new (?:Type|Range|Syntax|Aggregate)?Error\(/g)].map(([call]) => `${file}: ${call}`),
  );
  expect(foreign).toEqual([]);
});
