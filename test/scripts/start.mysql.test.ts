import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = join(import.meta.dirname, '../../scripts/start.ts');

let directory: string;
const demos: Demo[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-start-'));
});
afterEach(async () => {
  for (const demo of demos.splice(0)) {
    demo.process.kill('SIGKILL');
    await demo.ends();
  }
  await rm(directory, { recursive: true });
});

/** Runs the demo with a server of its own, and collects what it says. */
class Demo {
  readonly process: ChildProcess;
  output = '';

  constructor(...options: readonly string[]) {
    const { MILLRACE_MYSQL_URL: _, ...env } = process.env;
    const nodeArguments = ['--conditions=millrace-source', program, '--directory', directory, ...options];
    this.process = spawn(process.execPath, nodeArguments, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    demos.push(this);
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (data: Buffer) => (this.output += data.toString()));
    }
  }

  async sees(pattern: RegExp): Promise<void> {
    await expect.poll(() => this.output, { timeout: 150_000 }).toMatch(pattern);
  }

  async ends(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'exit');
    return this.process.exitCode;
  }
}

describe('npm start', () => {
  it(
    'changes the shop until Ctrl-C, then goes on with it, and starts over when told to',
    { timeout: 300_000 },
    async () => {
      for (const [options, beginning] of [
        [[], /loaded the shop/],
        [[], /going on with the shop/],
        [['--reset'], /loaded the shop/],
      ] as const) {
        const demo = new Demo(...options);
        await demo.sees(beginning);
        await demo.sees(/MySQL [1-9]\d* row changes/);
        await demo.sees(/Revenue by country: .*all [1-9]/);
        await demo.sees(/^shop\.enriched-orders {2}\d+ → .*"customer"/m);
        demo.process.kill('SIGINT');

        expect(await demo.ends()).toBe(0);
        expect(demo.output).toMatch(/stopped\. .* goes on from here/);
      }
    },
  );

  it('says so when it runs already', { timeout: 180_000 }, async () => {
    const first = new Demo();
    await first.sees(/starting MySQL/);
    const second = new Demo();

    expect(await second.ends()).toBe(1);
    expect(second.output).toContain('BROKER_LOCKED');
    first.process.kill('SIGINT');
    expect(await first.ends()).toBe(0);
  });

  it('ends when Ctrl-C comes while the topologies start', { timeout: 180_000 }, async () => {
    const demo = new Demo();
    await demo.sees(/starting the topologies/);
    demo.process.kill('SIGINT');

    expect(await demo.ends()).toBe(0);
    expect(demo.output).toContain('stopped.');
  });

  it('does not start with options that it does not know', async () => {
    const demo = new Demo('--rset');

    expect(await demo.ends()).toBe(2);
    expect(demo.output).toContain('--reset');
  });
});
