import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/core/error-catalogue/index.ts';
import { runMillrace } from './millrace-process.ts';

test.concurrent('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  expect(await runMillrace(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test.concurrent('--help names the commands and the exit codes', async () => {
  const { exitCode, stdout } = await runMillrace(['--help']);

  expect(exitCode).toBe(0);
  for (const command of ['run', 'describe', 'reset', 'mysql']) expect(stdout).toContain(`\n  ${command} `);
  expect(stdout).toContain('2  the command line, the configuration or a topology is wrong');
});

test.concurrent('the help of a command has flags, units, defaults and variables of the declared options', async () => {
  const { exitCode, stdout } = await runMillrace(['run', '--help']);
  const text = stdout.replace(/\s+/g, ' ');

  expect(exitCode).toBe(0);
  expect(text).toContain('--commit-interval <duration> How often outputs, state and input offsets are committed.');
  expect(text).toContain('default 100ms, env MILLRACE_COMMIT_INTERVAL_MS)');
  expect(text).toContain('--segment <size>');
  expect(text).toContain('("at_least_once" or "exactly_once", default exactly_once');
  expect(text).toContain('--log-format <choice>');
});

test.concurrent('without a command help goes to standard error, and the exit code is 2', async () => {
  const { exitCode, stdout, stderr } = await runMillrace([]);

  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(/^Usage: millrace /);
});

describe.concurrent('a wrong command line is one line with the remedy, and exit code 2', () => {
  test.each([
    ['an unknown command', ['runn'], "CLI_USAGE: unknown command 'runn' (Did you mean run?)"],
    [
      'an unknown option',
      ['run', 'a.ts', '--datadir', 'x'],
      "CLI_USAGE: unknown option '--datadir' (Did you mean --data-dir?)",
    ],
    ['no file', ['run'], "CLI_USAGE: missing required argument 'topology'"],
    [
      'a wrong unit',
      ['run', 'a.ts', '--commit-interval', '5MiB'],
      'CONFIG_INVALID: Expected `--commit-interval` to be an integer >= 1, got "5MiB"',
    ],
    [
      'a MySQL URL that is none',
      ['mysql', 'doctor', '--mysql', 'http://me:geheim@host'],
      'CONFIG_INVALID: Expected `--mysql` to be a URL such as mysql://user:password@host:3306/database, got a string (not shown)',
    ],
    [
      'a MySQL URL without a user',
      ['mysql', 'doctor', '--mysql', 'mysql://host'],
      'MYSQL_URL_INVALID: Expected the MySQL URL to have a user',
    ],
    ['no MySQL URL', ['mysql', 'doctor'], 'CONFIG_INVALID: Expected `mysqlUrl` to be a URL'],
  ])('%s', async (_, args, message) => {
    const { exitCode, stdout, stderr } = await runMillrace(args);
    const code = message.split(':', 1)[0] as keyof typeof catalogue;

    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.startsWith(`error ${message}`), stderr).toBe(true);
    expect(stderr.endsWith(` — ${catalogue[code].remedy}\n`), stderr).toBe(true);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(stderr).not.toContain('geheim');
  });
});

test.concurrent('a variable that is no option is refused with the nearest that is', async () => {
  const { exitCode, stderr } = await runMillrace(['describe', 'a.ts'], { MILLRACE_PARTITION: '3' });

  expect(exitCode).toBe(2);
  expect(stderr).toContain('got `MILLRACE_PARTITION`: did you mean `MILLRACE_PARTITIONS`?');
});

test.concurrent('a variable of the wrong type is named', async () => {
  const { exitCode, stderr } = await runMillrace(['run', 'test/cli/topologies/pair.ts'], {
    MILLRACE_PARTITIONS: 'many',
  });

  expect(exitCode).toBe(2);
  expect(stderr).toContain('CONFIG_INVALID: Expected `MILLRACE_PARTITIONS` to be an integer >= 1, got "many"');
});

test.concurrent('with --log-format json an error is a line of JSON', async () => {
  const { exitCode, stderr } = await runMillrace(['--log-format', 'json', 'runn']);

  expect(exitCode).toBe(2);
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', code: 'CLI_USAGE', remedy: catalogue.CLI_USAGE.remedy });
});
