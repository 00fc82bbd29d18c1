import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Broker } from '../../../src/broker/port.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import { partitionForKey } from '../../../src/core/murmur2.ts';
import { connectKafka } from '../../broker/kafka/kafka-harness.ts';
import { readTable } from '../../support/topics.ts';
import { createDataDirectory, fixture, MillraceProcess, type TestDataDirectory } from '../millrace-process.ts';

const PARTITIONS = 4;
const WORDS = Array.from({ length: 40 }, (_, index) => `w${index}`);
const URL_LOGGED = /serves queries .*url=(\S+)/;

let broker: Broker;
beforeAll(async () => {
  broker = await connectKafka();
});

afterAll(async () => {
  await broker.close();
});

/** What `/status` says of a thread. */
interface Thread {
  readonly index: number;
  readonly state: string;
  readonly active: readonly { readonly task: string; readonly phase: string }[];
}

/** A run of a counting topology with two threads, on topics of its own. */
class CountingRun implements AsyncDisposable {
  readonly name = `threads-${randomUUID().slice(0, 8)}`;
  readonly process: MillraceProcess;
  readonly #data: TestDataDirectory;

  private constructor(
    data: TestDataDirectory,
    { topology, uncaughtErrors }: { topology: string; uncaughtErrors: string },
  ) {
    this.#data = data;
    const options = { 'processing-guarantee': 'exactly_once', 'session-timeout': '6s', 'heartbeat-interval': '1s' };
    const flags = Object.entries(options).flatMap(([flag, value]) => [`--${flag}`, value]);
    this.process = new MillraceProcess(
      [
        ...['run', fixture(topology), '--kafka', inject('kafkaBootstrap'), '--data-dir', data.path, ...flags],
        ...['--threads', '2', '--http-port', '0', '--uncaught-errors', uncaughtErrors],
      ],
      { COUNTS_NAME: this.name, COUNTS_NOTES: data.path },
    );
  }

  /** Resolves when both threads run and have tasks. */
  static async start(topology: string, uncaughtErrors: string): Promise<CountingRun> {
    const run = new CountingRun(await createDataDirectory(), { topology, uncaughtErrors });
    await broker.admin.createTopics([{ name: `${run.name}-words`, partitions: PARTITIONS }]);
    await run.process.says('running; Ctrl-C stops');
    await run.untilShared();
    return run;
  }

  /** Each word once, with this value. */
  async produce(value: string): Promise<void> {
    const producer = await broker.openProducer();
    const byPartition = Map.groupBy(WORDS, (word) => partitionForKey(Buffer.from(word), PARTITIONS));
    const batches = [...byPartition].map(([partition, words]) => ({
      ...{ topic: `${this.name}-words`, partition },
      records: words.map((word) => ({
        ...{ key: Buffer.from(word), value: Buffer.from(value), timestamp: 1, headers: NO_HEADERS },
      })),
    }));
    await producer.send(batches);
    await producer.close();
  }

  /** Resolves when each word has this count; no count may ever be higher. */
  async untilCounted(count: number): Promise<void> {
    await this.#until(async () => {
      const totals = await readTable<number>(broker, `${this.name}-totals`);
      for (const value of totals.values()) expect(value).toBeLessThanOrEqual(count);
      return totals.size === WORDS.length && [...totals.values()].every((value) => value === count);
    });
  }

  async untilShared(): Promise<void> {
    await this.#until(async () =>
      (await this.threads()).every(
        ({ state, active }) =>
          state === 'RUNNING' && active.length === PARTITIONS / 2 && active.every(({ phase }) => phase === 'running'),
      ),
    );
  }

  async threads(): Promise<readonly Thread[]> {
    const { instances } = JSON.parse(await this.get('/status')) as {
      instances: readonly { readonly applications: readonly { readonly threads: readonly Thread[] }[] }[];
    };
    return instances[0]?.applications[0]?.threads ?? [];
  }

  /** What a path answers, once it is no error: while tasks move, answers are refused. */
  async get(path: string): Promise<string> {
    const url = URL_LOGGED.exec(this.process.stderr)?.[1] ?? '';
    for (;;) {
      const answer = await fetch(`${url}${path}`);
      const text = await answer.text();
      if (answer.ok) return text;
      expect({ path, status: answer.status, text }).toMatchObject({ status: 503 });
      await this.#pause();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await this.#data[Symbol.asyncDispose]();
  }

  async #until(isTrue: () => Promise<boolean>): Promise<void> {
    const ended = this.process.finished.then(({ stderr }) => {
      throw new Error(`Expected the program to go on, got its end: ${stderr}`);
    });
    ended.catch(() => undefined);
    while (!(await Promise.race([isTrue(), ended]))) await this.#pause();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test(
  'two threads share the tasks, any key and range is found whichever has it, and SIGTERM commits both',
  { timeout: 240_000 },
  async () => {
    await using run = await CountingRun.start('named-counts', 'replaceThread');
    for (let round = 0; round < 10; round++) await run.produce('x');
    await run.untilCounted(10);

    const threads = await run.threads();
    expect(threads.map(({ index }) => index)).toEqual([0, 1]);
    expect(threads.flatMap(({ active }) => active.map(({ task }) => task)).sort()).toEqual([
      '0_0',
      '0_1',
      '0_2',
      '0_3',
    ]);
    for (const word of WORDS) {
      expect(JSON.parse(await run.get(`/stores/totals/${word}?keyEncoding=text`))).toMatchObject({
        key: word,
        value: 10,
      });
    }
    const lines = (await run.get('/stores/totals')).trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { key: string }).key)).toEqual(WORDS.toSorted());

    await run.produce('x');
    run.process.signal('SIGTERM');
    const { exitCode, stderr } = await run.process.finished;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('recordsProcessed=') });
  },
);

test(
  'a thread in a worker that ends is replaced, however it ends, and no record is lost or counted twice',
  {
    timeout: 300_000,
  },
  async () => {
    await using run = await CountingRun.start('failing-counts', 'replaceThread');
    await run.produce('x');
    await run.untilCounted(1);
    for (const [index, failure] of ['throws', 'exits', 'crashes'].entries()) {
      await run.produce(failure);
      await run.untilCounted(index + 2);
      await run.untilShared();
    }
    expect(run.process.stderr.match(/replaced a thread.*code=\S+/g)).toEqual([
      expect.stringContaining('code=PROCESSING_FAILED'),
      expect.stringContaining('code=RUNTIME_WORKER_ENDED'),
      expect.stringContaining('code=RUNTIME_WORKER_ENDED'),
    ]);
    run.process.signal('SIGTERM');
    expect((await run.process.finished).exitCode).toBe(0);
  },
);

test(
  'an error in a worker ends the process where its policy is to stop, and says where it was',
  {
    timeout: 240_000,
  },
  async () => {
    await using run = await CountingRun.start('failing-counts', 'stopClient');
    await run.produce('throws');
    const { exitCode, stderr } = await run.process.finished;
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('PROCESSING_FAILED') });
    expect(stderr).toContain('failing-counts.ts:14');
  },
);
