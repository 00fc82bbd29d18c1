import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { formatError, toMillraceError } from '../../src/cli/print-error.ts';
import { requireNode } from '../../src/cli/require-node.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';

const plain = { logFormat: 'text', withStack: false } as const;
const locked = new MillraceError('STORE_LOCKED', 'Expected the store\n  to be free', {
  context: { store: 'counts', task: '0_1' },
});

test('an error is one line: code, message, place and remedy', () => {
  expect(formatError(locked, plain)).toBe(
    `error STORE_LOCKED: Expected the store to be free (store counts, task 0_1) — ${locked.remedy}\n`,
  );
});

test('as JSON it has the same in fields', () => {
  const line = formatError(locked, { ...plain, logFormat: 'json' });

  expect(JSON.parse(line)).toEqual({
    level: 'error',
    time: expect.any(String) as string,
    code: 'STORE_LOCKED',
    msg: 'Expected the store\n  to be free',
    place: 'store counts, task 0_1',
    remedy: locked.remedy,
  });
});

test('the stack has that of the causes', () => {
  const error = new MillraceError('INTERNAL', 'outer', { cause: new RangeError('inner') });

  expect(formatError(error, { ...plain, withStack: true })).toMatch(
    /\nMillraceError: outer\n[^]*\nCaused by: RangeError: inner\n/,
  );
});

test('an error of another copy of the package keeps its code and place', () => {
  const foreign = Object.assign(new Error('Expected a name'), {
    name: 'MillraceError',
    code: 'TOPOLOGY_NAME_REQUIRED',
    context: { node: 'join' },
  });

  expect(toMillraceError(foreign)).toMatchObject({ code: 'TOPOLOGY_NAME_REQUIRED', context: { node: 'join' } });
});

test('what is no error of Millrace is a defect', () => {
  expect(formatError(toMillraceError(new TypeError('x is undefined')), plain)).toMatch(
    /^error INTERNAL: TypeError: x is undefined — /,
  );
  expect(toMillraceError('text').message).toBe('text');
});

test.each([
  ['CLI_USAGE', 2],
  ['CONFIG_INVALID', 2],
  ['TOPOLOGY_INVALID', 2],
  ['MYSQL_URL_INVALID', 2],
  ['MYSQL_UNREACHABLE', 1],
  ['BROKER_LOCKED', 1],
  ['DESERIALIZATION_FAILED', 1],
  ['INTERNAL', 1],
] as const)('%s ends the program with %i', (code, exitCode) => {
  expect(exitCodeOf(new MillraceError(code, ''))).toBe(exitCode);
});

test.each(['20.20.2', '22.21.9'])('Node.js %s is refused with the version that is needed', (version) => {
  expect(() => requireNode(version, '22.22.0')).toThrow(`Expected Node.js 22.22.0 or newer, got ${version}`);
});

test.each(['22.22.0', '22.23.1', '24.0.0'])('Node.js %s is new enough', (version) => {
  expect(() => requireNode(version, '22.22.0')).not.toThrow();
});
