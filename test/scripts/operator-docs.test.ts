import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { factOf, operatorExamples, operatorHandles, renderOperators } from '../../scripts/render-operators.ts';
import { examples } from '../dsl/examples/examples.ts';

const operators = operatorHandles().flatMap((handle) => handle.methods.map((method) => ({ handle, method })));

test('docs/operators.md is what "npm run docs" makes', () => {
  const file = join(import.meta.dirname, '../../docs/operators.md');
  expect(readFileSync(file, 'utf8')).toBe(renderOperators());
});

test('every operator is described', () => {
  expect(operators.length).toBeGreaterThan(40);
  expect(operators.filter(({ method }) => method.text === '').map(nameOf)).toEqual([]);
});

describe.each(['nulls', 'ordering', 'state', 'repartition'])('@%s', (tag) => {
  test('is said of every operator, by itself or by its class', () => {
    expect(operators.filter(({ handle, method }) => !factOf(handle, method, tag)).map(nameOf)).toEqual([]);
  });
});

test('every operator has an example that is run, and every example is of one', () => {
  const run = Object.entries(examples).flatMap(([handle, methods]) =>
    Object.keys(methods).map((method) => `${handle}.${method}`),
  );

  const operatorsRun = new Set(run.map((name) => name.replace(/ \(.*\)$/, '')));

  expect([...operatorsRun].toSorted()).toEqual(operators.map(nameOf).toSorted());
  expect([...operatorExamples().keys()].toSorted()).toEqual(run.toSorted());
});

test('an example is shown with all that it says', () => {
  const shown = operatorExamples();
  for (const [handle, methods] of Object.entries(examples)) {
    for (const [method, { input, output }] of Object.entries(methods)) {
      expect(shown.get(`${handle}.${method}`)).toMatchObject({ input, output });
    }
  }
});

test('every options type that is referred to stands in the document', () => {
  const text = renderOperators();
  const headings = new Set(Array.from(text.matchAll(/^### (\S+)$/gm), ([, name = '']) => name.toLowerCase()));
  const links = Array.from(text.matchAll(/\]\(#(\w+)\)/g), ([, target = '']) => target);

  expect(links.length).toBeGreaterThan(40);
  expect(links.filter((target) => !headings.has(target))).toEqual([]);
});

function nameOf({ handle, method }: (typeof operators)[number]): string {
  return `${handle.name}.${method.name}`;
}
