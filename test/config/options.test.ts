import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { type ApplicationOptions, applicationOptions } from '../../src/config/application-options.ts';
import { mysqlOptions } from '../../src/config/mysql-options.ts';
import { optionGroups } from '../../src/config/option-groups.ts';
import {
  environmentName,
  flagName,
  parseOptionText,
  readEnvironment,
  rejectUnknownVariables,
} from '../../src/config/option-text.ts';
import { option, optionGroup } from '../../src/config/option.ts';
import { parseOptions } from '../../src/config/options.ts';
import { thrownBy } from '../serde/serde-conformance.ts';

const url = 'mysql://root:hunter2@localhost:3306/shop';

describe('parseOptions', () => {
  test('what is not given, or undefined, has its default, and the result is frozen', () => {
    const options = parseOptions(applicationOptions, { partitions: 8, commitIntervalMs: undefined });
    expect(options).toMatchObject({ partitions: 8, commitIntervalMs: 100, dataDirectory: '.millrace/data' });
    expect(Object.isFrozen(options)).toBe(true);
  });

  test('the type of the values is inferred', () => {
    expectTypeOf<ApplicationOptions['commitIntervalMs']>().toEqualTypeOf<number>();
    expectTypeOf<ApplicationOptions['storeBackend']>().toEqualTypeOf<'leveldb' | 'memory'>();
    // @ts-expect-error a number is no store backend
    expect(() => parseOptions(applicationOptions, { storeBackend: 1 })).toThrow();
  });

  test('an unknown name is refused with the nearest one', () => {
    const given = { commitIntervalMS: 5 } as object;
    expect(thrownBy(() => parseOptions(applicationOptions, given))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'Expected an option of application, got `commitIntervalMS`: did you mean `commitIntervalMs`?',
    });
  });

  test('a name of Object.prototype is unknown too', () => {
    expect(() => parseOptions(applicationOptions, { toString: 1 } as object)).toThrow('got `toString`: known are ');
  });

  test.each<[object, string]>([
    [{ commitIntervalMs: 0 }, 'Expected `commitIntervalMs` to be an integer >= 1, got 0'],
    [{ commitIntervalMs: '100' }, 'Expected `commitIntervalMs` to be an integer >= 1, got "100"'],
    [{ commitIntervalMs: 2 ** 53 }, 'Expected `commitIntervalMs` to be an integer >= 1, got 9007199254740992'],
    [{ partitions: null }, 'Expected `partitions` to be an integer >= 1, got null'],
    [{ partitions: [] }, 'Expected `partitions` to be an integer >= 1, got an array'],
    [{ storeBackend: 'redis' }, 'Expected `storeBackend` to be "leveldb" or "memory", got "redis"'],
  ])('%o is refused', (given, message) => {
    expect(thrownBy(() => parseOptions(applicationOptions, given))).toMatchObject({ code: 'CONFIG_INVALID', message });
  });

  test('an option without default must be given', () => {
    expect(() => parseOptions(mysqlOptions, {})).toThrow(
      'Expected `mysqlUrl` to be a URL such as mysql://user:password@host:3306/database, got nothing',
    );
  });

  test('a secret is not shown', () => {
    const error = thrownBy(() => parseOptions(mysqlOptions, { mysqlUrl: url.replace('mysql', 'postgres') }));
    expect(error.message).toContain('got a string (not shown)');
    expect(JSON.stringify([error.message, error.context, error.cause])).not.toContain('hunter2');
  });

  test('bounds on both sides are both said', () => {
    expect(() => parseOptions(mysqlOptions, { mysqlUrl: url, serverId: 0 })).toThrow(
      'Expected `serverId` to be an integer >= 1 and <= 4294967295 or null, got 0',
    );
  });
});

describe('text', () => {
  test('durations and sizes have units', () => {
    const { commitIntervalMs, fetchMaxBytes, maxTaskIdleMs } = applicationOptions.options;
    expect(parseOptionText('--x', commitIntervalMs, '1.5s')).toBe(1500);
    expect(parseOptionText('--x', maxTaskIdleMs, '-1')).toBe(-1);
    expect(parseOptionText('--x', fetchMaxBytes, '8MiB')).toBe(8_388_608);
    expect(() => parseOptionText('--commit-interval', commitIntervalMs, '5 parsecs')).toThrow(
      'Expected `--commit-interval` to be an integer >= 1, got "5 parsecs"',
    );
  });

  test('numbers, words, none and switches are read by their type', () => {
    const toggle = option({ type: z.boolean(), default: false, description: 'A switch.' });
    expect(parseOptionText('--x', applicationOptions.options.partitions, '8')).toBe(8);
    expect(parseOptionText('--x', mysqlOptions.options.serverId, 'none')).toBeNull();
    expect(parseOptionText('--x', mysqlOptions.options.topicPrefix, '42')).toBe('42');
    expect(parseOptionText('--x', toggle, 'true')).toBe(true);
    expect(() => parseOptionText('--x', toggle, 'yes')).toThrow('Expected `--x` to be true or false, got "yes"');
    expect(() => parseOptionText('--x', applicationOptions.options.partitions, '1e1')).toThrow('got "1e1"');
  });

  test('names are derived', () => {
    const { fetchMaxBytes, dataDirectory, processingGuarantee } = applicationOptions.options;
    expect(environmentName('fetchMaxBytes')).toBe('MILLRACE_FETCH_MAX_BYTES');
    expect(flagName('fetchMaxBytes', fetchMaxBytes)).toBe('--fetch-max');
    expect(flagName('processingGuarantee', processingGuarantee)).toBe('--processing-guarantee');
    expect(flagName('dataDirectory', dataDirectory)).toBe('--data-dir');
    const { partitions } = applicationOptions.options;
    expect(flagName('partitions', partitions)).toBe('--partitions');
  });

  test('the environment gives what it has, and an empty variable nothing', () => {
    const environment = { MILLRACE_COMMIT_INTERVAL_MS: '2s', MILLRACE_PARTITIONS: '', PATH: '/bin' };
    expect(readEnvironment(applicationOptions, environment)).toEqual({ commitIntervalMs: 2000 });
  });

  test('a secret of the environment is not shown', () => {
    expect(() => readEnvironment(mysqlOptions, { MILLRACE_MYSQL_URL: 'hunter2' })).toThrow(
      /^Expected `MILLRACE_MYSQL_URL` to be .* got a string \(not shown\)$/,
    );
  });

  test('an unknown variable of Millrace is refused with the nearest one', () => {
    rejectUnknownVariables(optionGroups, { MILLRACE_PARTITIONS: '1', HOME: '/' });
    expect(() => rejectUnknownVariables(optionGroups, { MILLRACE_PARTITION: '1' })).toThrow(
      'Expected an environment variable, got `MILLRACE_PARTITION`: did you mean `MILLRACE_PARTITIONS`?',
    );
  });
});

describe('the declared options', () => {
  const all = optionGroups.flatMap((group) => Object.entries(group.options));

  test('names, variables and flags are unique over all groups', () => {
    const variables = all.map(([name]) => environmentName(name));
    const flags = all.map(([name, declared]) => flagName(name, declared));
    expect(new Set(variables).size).toBe(all.length);
    expect(new Set(flags).size).toBe(all.length);
  });

  test.each(all)('the default of %s is one that it allows', (name, declared) => {
    if (!Object.hasOwn(declared, 'default')) return;
    expect(parseOptions(optionGroup({ name: 'g', description: '', options: { [name]: declared } }), {})).toEqual({
      [name]: declared.type.parse(declared.default),
    });
  });

  test.each(all)('the name of %s ends in its unit where it is a time or a size', (name, declared) => {
    if (declared.unit === 'ms') expect(name).toMatch(/Ms$/);
    if (declared.unit === 'bytes') expect(name).toMatch(/Bytes$/);
  });
});
