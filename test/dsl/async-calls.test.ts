import { describe, expect, test } from 'vitest';
import { backoffAfter, callPolicy } from '../../src/dsl/operators/async/async-options.ts';
import { MillraceError, StreamsBuilder, string, type KStream } from '../../src/index.ts';
import { TopologyTestDriver } from '../../src/testing/index.ts';

interface Run {
  readonly values: unknown[];
  readonly failure: unknown;
}

/** What comes out for one record with the value 1, or how it fails. */
async function runOne(define: (stream: KStream<string, number>) => KStream<any, any>): Promise<Run> {
  const builder = new StreamsBuilder({ keySerde: string() });
  define(builder.stream<string, number>('in')).to('out');
  const driver = new TopologyTestDriver(builder.build('async'));
  const failure = await driver
    .createInputTopic<string, number>('in', { keySerde: string() })
    .pipeInput('a', 1, { timestamp: 7 })
    .catch((error: unknown) => error);
  const values = driver.createOutputTopic<string, unknown>('out', { keySerde: string() }).readRecords();
  await driver.close();
  return { values: values.map(({ key, value, timestamp }) => [key, value, timestamp]), failure };
}

/** A call that never ends by itself, only when its signal is aborted. */
function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
}

describe('mapValuesAsync', () => {
  test('a call that fails for good stops the task with the error and its place', async () => {
    const { failure, values } = await runOne((stream) =>
      stream.mapValuesAsync(() => Promise.reject(new Error('down')), { name: 'enrich' }),
    );
    expect(values).toEqual([]);
    expect(failure).toMatchObject({
      code: 'PROCESSING_FAILED',
      context: { task: '0_0', node: 'enrich', topic: 'in', partition: 0, offset: 0 },
      cause: new Error('down'),
    });
  });

  test('a mapper that throws at once fails as a call does', async () => {
    const { failure } = await runOne((stream) =>
      stream.mapValuesAsync(() => {
        throw new Error('at once');
      }),
    );
    expect(failure).toMatchObject({ code: 'PROCESSING_FAILED', cause: new Error('at once') });
  });

  test('a call is made as often as the retries say, then the fallback gives the value', async () => {
    const attempts: number[] = [];
    const { values } = await runOne((stream) =>
      stream.mapValuesAsync(
        (_value, _key, { attempt }): Promise<string> => {
          attempts.push(attempt);
          return Promise.reject(new Error(`failure ${attempt}`));
        },
        {
          retry: { attempts: 3, backoffMs: 0 },
          onFailure: (error, value, key) => `${(error as Error).message}, ${value}, ${key}`,
        },
      ),
    );
    expect(attempts).toEqual([1, 2, 3]);
    expect(values).toEqual([['a', 'failure 3, 1, a', 7]]);
  });

  test('a call that takes too long is aborted and fails', async () => {
    let aborted = false;
    const { failure } = await runOne((stream) =>
      stream.mapValuesAsync(
        (_value, _key, { signal }) => {
          signal.addEventListener('abort', () => (aborted = true));
          return never(signal);
        },
        { timeoutMs: 1 },
      ),
    );
    expect(failure).toMatchObject({ code: 'ASYNC_CALL_TIMEOUT', context: { topic: 'in', offset: 0 } });
    expect(aborted).toBe(true);
  });

  test('a call that ends too late is tried again, and what it brings then is ignored', async () => {
    const { values } = await runOne((stream) =>
      stream.mapValuesAsync(
        async (value, _key, { signal, attempt }) => {
          if (attempt === 1) await never(signal).catch(() => undefined);
          return value + attempt;
        },
        { timeoutMs: 1, retry: { attempts: 2, backoffMs: 0 } },
      ),
    );
    expect(values).toEqual([['a', 3, 7]]);
  });

  test('options out of bounds are refused where they are given', () => {
    const stream = new StreamsBuilder().stream<string, number>('in');
    for (const options of [{ concurrency: 0 }, { timeoutMs: 0 }, { retry: { attempts: 0 } }]) {
      expect(() => stream.mapValuesAsync(async (value) => value, options)).toThrow(MillraceError);
    }
  });
});

describe('processAsync', () => {
  test('a record becomes those that the call makes of it', async () => {
    const { values } = await runOne((stream) =>
      stream.processAsync<string, number>(async (record) => [
        record.withKey('b').withValue(record.value + 1),
        record.withTimestamp(9),
      ]),
    );
    expect(values).toEqual([
      ['b', 2, 7],
      ['a', 1, 9],
    ]);
  });

  test('the fallback may drop a record', async () => {
    const { values, failure } = await runOne((stream) =>
      stream.processAsync(() => Promise.reject(new Error('down')), { onFailure: () => [] }),
    );
    expect([values, failure]).toEqual([[], undefined]);
  });

  test('what comes back is processed with the place of its record', async () => {
    const places: unknown[] = [];
    await runOne((stream) =>
      stream
        .processAsync(async (record) => [record])
        .process(() => {
          let place: () => unknown;
          return {
            init: (context) => {
              place = () => context.recordMetadata;
            },
            process: () => void places.push(place()),
          };
        }),
    );
    expect(places).toEqual([{ topic: 'in', partition: 0, offset: 0 }]);
  });
});

test('the wait before a call doubles up to its limit', () => {
  const policy = callPolicy({ retry: { attempts: 9, backoffMs: 50, maxBackoffMs: 300 } }, 'a test');
  expect([1, 2, 3, 4, 60].map((attempt) => backoffAfter(attempt, policy))).toEqual([50, 100, 200, 300, 300]);
});
