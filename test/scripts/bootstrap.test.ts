import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

interface Bootstrap {
  findNode(root: string): string;
  installDependencies(root: string): Promise<boolean>;
  isNewEnough(version: string): boolean;
  runProgram(command: string, programArguments: readonly string[], root: string): Promise<number>;
}
const { findNode, installDependencies, isNewEnough, runProgram } = createRequire(import.meta.url)(
  '../../scripts/bootstrap.cjs',
) as Bootstrap;

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-bootstrap-'));
  await writeLock('1.0.0');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true });
});

async function writeLock(version: string): Promise<void> {
  const project = { name: 'fixture', version };
  await writeFile(join(root, 'package.json'), JSON.stringify(project));
  await writeFile(
    join(root, 'package-lock.json'),
    JSON.stringify({ ...project, lockfileVersion: 3, requires: true, packages: { '': project } }),
  );
}

describe('installDependencies', () => {
  it('runs npm ci when node_modules is missing, and not again', async () => {
    expect(await installDependencies(root)).toBe(true);
    expect(await installDependencies(root)).toBe(false);
  });

  it('runs npm ci again when the lock file has changed', async () => {
    await installDependencies(root);
    await writeLock('2.0.0');

    expect(await installDependencies(root)).toBe(true);
  });

  it('accepts what somebody installed by hand after the lock file was written', async () => {
    await mkdir(join(root, 'node_modules'));
    await writeFile(join(root, 'node_modules', '.package-lock.json'), '{}');
    await utimes(join(root, 'package-lock.json'), 1000, 1000);

    expect(await installDependencies(root)).toBe(false);
  });

  it('installs again over what was installed by hand before the lock file was written', async () => {
    await mkdir(join(root, 'node_modules'));
    const stale = join(root, 'node_modules', '.package-lock.json');
    await writeFile(stale, '{}');
    await utimes(stale, 1000, 1000);

    expect(await installDependencies(root)).toBe(true);
  });

  it('says that npm ci failed, and remembers nothing', async () => {
    const failingNpm = join(root, 'npm-cli.cjs');
    await writeFile(failingNpm, 'process.exit(3)');
    vi.stubEnv('npm_execpath', failingNpm);

    await expect(installDependencies(root)).rejects.toThrow('npm ci ended with exit code 3');
    expect(existsSync(join(root, 'node_modules', '.millrace-lock-sha256'))).toBe(false);
  });
});

describe('findNode', () => {
  it('takes the pinned Node before the running one', async () => {
    expect(findNode(root)).toBe(process.execPath);
    const pinned = join(root, 'node_modules', '.bin', 'node');
    await mkdir(join(root, 'node_modules', '.bin'), { recursive: true });
    await symlink(process.execPath, pinned);

    expect(findNode(root)).toBe(pinned);
  });

  it.each([
    ['18.20.0', false],
    ['20.20.2', false],
    ['22.21.9', false],
    ['22.22.0', true],
    ['24.0.0', true],
  ])('knows whether Node %s is new enough', (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});

describe('runProgram', () => {
  it('resolves with the exit code', async () => {
    expect(await runProgram(process.execPath, ['-e', 'process.exit(7)'], root)).toBe(7);
  });

  it('resolves with 128 and the number of the signal that ended the program', async () => {
    expect(await runProgram(process.execPath, ['-e', 'process.kill(process.pid, "SIGTERM")'], root)).toBe(143);
  });
});
