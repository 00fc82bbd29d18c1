import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fixture, runMillrace } from '../millrace-process.ts';

test.concurrent('prints the graph as Kafka Streams does', async () => {
  expect(await runMillrace(['describe', fixture('upper-case')])).toEqual({
    exitCode: 0,
    stderr: '',
    stdout: `Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [lines])
      --> KSTREAM-MAPVALUES-0000000001
    Processor: KSTREAM-MAPVALUES-0000000001 (stores: [])
      --> KSTREAM-PEEK-0000000002
      <-- KSTREAM-SOURCE-0000000000
    Processor: KSTREAM-PEEK-0000000002 (stores: [])
      --> KSTREAM-SINK-0000000003
      <-- KSTREAM-MAPVALUES-0000000001
    Sink: KSTREAM-SINK-0000000003 (topic: shouted-lines)
      <-- KSTREAM-PEEK-0000000002

`,
  });
});

test.concurrent('prints each of several graphs as a Mermaid flowchart below its name', async () => {
  const { exitCode, stdout } = await runMillrace([
    'describe',
    '--format',
    'mermaid',
    fixture('pair'),
    fixture('counts'),
  ]);

  expect(exitCode).toBe(0);
  expect(stdout.match(/^%% .*\nflowchart TD$/gm)).toEqual([
    '%% first\nflowchart TD',
    '%% second\nflowchart TD',
    '%% counts\nflowchart TD',
  ]);
});

test.concurrent('refuses a format that it does not know', async () => {
  const { exitCode, stderr } = await runMillrace(['describe', '--format', 'svg', fixture('pair')]);

  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/^error CLI_USAGE: .*'svg' is invalid\. Allowed choices are text, mermaid\. — /);
});

describe.concurrent('a file that is no topology is one line with the remedy, and exit code 2', () => {
  test.each([
    [
      'nowhere',
      'CLI_TOPOLOGY_NOT_FOUND: Expected a topology file at test/cli/topologies/nowhere.ts, got no such file (',
    ],
    [
      'no-default-export',
      'CLI_TOPOLOGY_EXPORT: Expected a topology as the default export, got none (file test/cli/topologies/no-default-export.ts)',
    ],
    [
      'not-a-topology',
      'CLI_TOPOLOGY_EXPORT: Expected a topology as the default export, got an object (file test/cli/topologies/not-a-topology.ts)',
    ],
    [
      'throws',
      'CLI_TOPOLOGY_FAILED: Expected test/cli/topologies/throws.ts to load, got SyntaxError: Unexpected token',
    ],
    [
      'duplicate-stores',
      'TOPOLOGY_DUPLICATE_NAME: Expected each store to have its own name, got "counts" twice (file test/cli/topologies/duplicate-stores.ts:5) — Give each its own name',
    ],
  ])('%s', async (name, message) => {
    const { exitCode, stdout, stderr } = await runMillrace(['describe', fixture(name)]);

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^error [A-Z_]+: .* — .*\.\n$/);
    expect(stderr.slice('error '.length)).toContain(message);
  });
});

test.concurrent('two topologies of one name are refused, with both files', async () => {
  const { exitCode, stderr } = await runMillrace(['describe', fixture('pair'), fixture('counts'), fixture('pair')]);

  expect(exitCode).toBe(2);
  expect(stderr).toContain(
    `CLI_TOPOLOGY_TWICE: Expected each topology to have its own name, got "first" in ${fixture('pair')} and in ${fixture('pair')}`,
  );
});

test.concurrent('the stack of an error is shown with --log-level debug, in lines of its own', async () => {
  const { stderr } = await runMillrace(['describe', fixture('throws'), '--log-level', 'debug']);
  const [line, ...stack] = stderr.split('\n');

  expect(line).toMatch(/^error CLI_TOPOLOGY_FAILED: .*throws\.ts:4\) — /);
  expect(stack.join('\n')).toMatch(/Caused by: SyntaxError: [^]*throws\.ts:4:/);
});

test.concurrent('TypeScript that Node cannot strip, and imports that lead nowhere, are told with the reason', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-cli-'));
  await writeFile(join(directory, 'enum.ts'), 'enum Status { Paid }\nexport default Status;\n');
  await writeFile(join(directory, 'import.ts'), "import { orders } from './missing.ts';\nexport default orders;\n");

  const results = await Promise.all([
    runMillrace(['describe', join(directory, 'enum.ts')]),
    runMillrace(['describe', join(directory, 'import.ts')]),
    runMillrace(['describe', directory]),
  ]);
  await rm(directory, { recursive: true });

  expect(results.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
  const [enumeration, missing, folder] = results.map(({ stderr }) => stderr);
  expect(enumeration).toMatch(/^error CLI_TOPOLOGY_FAILED: .*TypeScript enum is not supported in strip-only mode.*\n$/);
  expect(missing).toMatch(/^error CLI_TOPOLOGY_FAILED: .*Cannot find module .*missing\.ts.*\n$/);
  expect(folder).toMatch(/^error CLI_TOPOLOGY_NOT_FOUND: .*got a directory .*\n$/);
});
