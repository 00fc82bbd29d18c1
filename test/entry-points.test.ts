import { join } from 'node:path';
import { expect, test } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { exportedNames } from './support/exported-names.ts';

const root = join(import.meta.dirname, '..');
const entryPoints: readonly [specifier: string, source: string][] = Object.entries(packageJson.exports).flatMap(
  ([specifier, target]) => (typeof target === 'string' ? [] : [[specifier, target['millrace-source']] as const]),
);

test('the entry points are these', () => {
  expect(entryPoints.map(([specifier]) => specifier)).toEqual(['.', './testing', './rxjs']);
});

/** What a user can import is a promise: a change of these files is to be looked at. `npm test -- --update` writes them. */
test.each(entryPoints)('the names that %s exports are those reviewed', async (specifier, source) => {
  const snapshot = specifier === '.' ? 'millrace' : `millrace-${specifier.slice(2)}`;
  await expect(`${exportedNames(join(root, source)).join('\n')}\n`).toMatchFileSnapshot(`entry-points/${snapshot}.txt`);
});

test.each(entryPoints)('%s can be imported, and has every value that it says', async (_specifier, source) => {
  const values = exportedNames(join(root, source)).filter((name) => !name.startsWith('type '));
  const loaded = (await import(join(root, source))) as object;
  expect(Object.keys(loaded).toSorted()).toEqual(values);
});
