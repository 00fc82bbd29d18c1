import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkLayers, type LayerReport } from '../../scripts/check-layers.ts';

/** A tree with one import for each line, `from -> to` and the rule that forbids it, or none. */
const planted: readonly [from: string, to: string, rule: string | null][] = [
  ['core/a.ts', 'serde/a.ts', 'layer-of-core'],
  ['config/a.ts', 'serde/a.ts', 'layer-of-config'],
  ['serde/b.ts', 'store/a.ts', 'layer-of-serde'],
  ['store/b.ts', 'broker/port.ts', 'layer-of-store'],
  ['broker/b.ts', 'serde/a.ts', 'layer-of-broker'],
  ['processor/a.ts', 'broker/port.ts', 'layer-of-processor'],
  ['processor/b.ts', 'store/memory/a.ts', 'part-of-store-for-processor'],
  ['topology/a.ts', 'dsl/a.ts', 'layer-of-topology'],
  ['dsl/b.ts', 'runtime/a.ts', 'layer-of-dsl'],
  ['dsl/c.ts', 'broker/port.ts', 'layer-of-dsl'],
  ['mysql/a.ts', 'store/a.ts', 'layer-of-mysql'],
  ['mysql/b.ts', 'broker/embedded/a.ts', 'part-of-broker-for-mysql'],
  ['runtime/b.ts', 'dsl/a.ts', 'layer-of-runtime'],
  ['runtime/c.ts', 'broker/embedded/a.ts', 'part-of-broker-for-runtime'],
  ['runtime/d.ts', 'store/leveldb/a.ts', 'part-of-store-for-runtime'],
  ['query/a.ts', 'dsl/a.ts', 'layer-of-query'],
  ['query/b.ts', 'broker/embedded/a.ts', 'part-of-broker-for-query'],
  ['connect/a.ts', 'runtime/a.ts', 'layer-of-connect'],
  ['sql/a.ts', 'runtime/a.ts', 'layer-of-sql'],
  ['testing/a.ts', 'broker/kafka/a.ts', 'part-of-broker-for-testing'],
  ['runtime/e.ts', 'cli/a.ts', 'nobody-imports-the-root'],
  ['dsl/d.ts', 'index.ts', 'nobody-imports-the-root'],
  ['elsewhere/a.ts', 'core/b.ts', 'no-folder-without-layer'],
  ['runtime/f.ts', '../test/a.ts', 'src-imports-src-only'],
  ['core/cycle.ts', 'core/round.ts', 'no-cycles'],
  ['dsl/e.ts', 'mysql2', 'package-mysql2'],
  ['runtime/g.ts', 'classic-level', 'package-classic-level'],
  ['core/c.ts', 'vitest', 'only-dependencies'],
  ['core/d.ts', 'core/missing.ts', 'nothing-unresolved'],
  ['dsl/f.ts', 'topology/b.ts', null],
  ['runtime/h.ts', 'broker/port.ts', null],
  ['query/c.ts', 'broker/port.ts', null],
  ['testing/b.ts', 'broker/embedded/a.ts', null],
  ['testing/c.ts', 'store/memory/a.ts', null],
  ['processor/c.ts', 'store/read-only/a.ts', null],
  ['mysql/c.ts', 'mysql2', null],
  ['cli/b.ts', 'mysql/b.ts', null],
];

let tree: string;
let report: LayerReport;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'millrace-layers-'));
  const packages = { dependencies: { mysql2: '*', 'classic-level': '*' }, devDependencies: { vitest: '*' } };
  await write('package.json', JSON.stringify({ name: 'planted', type: 'module', ...packages }));
  await write(
    'tsconfig.json',
    JSON.stringify({ compilerOptions: { module: 'NodeNext', allowImportingTsExtensions: true } }),
  );
  for (const name of ['mysql2', 'classic-level', 'vitest']) {
    await write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    await write(`node_modules/${name}/index.js`, '');
  }
  for (const [from, to] of planted) {
    if (to.endsWith('.ts') && !to.endsWith('missing.ts') && !planted.some(([other]) => other === to)) {
      await write(`src/${to}`, 'export const planted = 1;\n');
    }
    await write(`src/${from}`, `export type { planted } from '${specifier(from, to)}';\n`);
  }
  for (const name of ['cycle', 'round']) {
    const other = name === 'cycle' ? 'round' : 'cycle';
    await write(
      `src/core/${name}.ts`,
      `import { ${other} } from './${other}.ts';\nexport const ${name} = () => ${other};\n`,
    );
  }
  report = checkLayers(tree);
}, 240_000);

afterAll(() => rm(tree, { recursive: true }));

test('every module is looked at', () => {
  expect(report.modules).toBeGreaterThan(planted.length);
});

test.each(planted.filter(([, , rule]) => rule !== null))('%s -> %s is found by %s', (from, _to, rule) => {
  expect(report.violations.filter((violation) => violation.from === `src/${from}`).map((one) => one.rule)).toContain(
    rule,
  );
});

test('nothing that is allowed is found', () => {
  const forbidden = planted.filter(([, , rule]) => rule !== null).map(([from]) => `src/${from}`);
  expect(report.violations.filter(({ from }) => !forbidden.includes(from))).toEqual([]);
});

function specifier(from: string, to: string): string {
  return to.endsWith('.ts') ? `${from.split('/').slice(1).fill('..').join('/') || '.'}/${to}` : to;
}

async function write(path: string, content: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), content);
}
