import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Broker } from '../../../src/broker/port.ts';
import { NO_HEADERS } from '../../../src/core/headers.ts';
import { partitionForKey } from '../../../src/core/murmur2.ts';
import { connectKafka } from '../../broker/kafka/kafka-harness.ts';
import { valuesOf } from '../../server/metrics/metrics-scrape.ts';
import { type Answer, ask } from '../../server/queries/query-fixtures.ts';
import { createDataDirectory, fixture, MillraceProcess, type TestDataDirectory } from '../millrace-process.ts';

const PARTITIONS = 4;
const TOKEN = 'a token';
const AUTHORIZATION = { authorization: `Bearer ${TOKEN}` };
const name = `asked-${randomUUID().slice(0, 8)}`;
const words = Array.from({ length: 25 }, (_, index) => `w${index}`);

let broker: Broker;
beforeAll(async () => {
  broker = await connectKafka();
  await broker.admin.createTopics([{ name: `${name}-words`, partitions: PARTITIONS }]);
  await produceWords();
});

afterAll(() => broker.close());

/** Each word once. */
async function produceWords(): Promise<void> {
  const producer = await broker.openProducer();
  for (const word of words) {
    const key = Buffer.from(word);
    const record = { key, value: key, timestamp: 1, headers: NO_HEADERS };
    const partition = partitionForKey(key, PARTITIONS);
    await producer.send([{ topic: `${name}-words`, partition, records: [record] }]);
  }
  await producer.close();
}

/** A process with the API at a free port. */
class Instance implements AsyncDisposable {
  readonly process: MillraceProcess;
  #url = '';

  constructor(data: TestDataDirectory) {
    const cluster = ['--kafka', inject('kafkaBootstrap'), '--data-dir', data.path, '--http-port', '0'];
    const group = ['--processing-guarantee', 'exactly_once', '--session-timeout', '6s', '--heartbeat-interval', '1s'];
    const variables = { COUNTS_NAME: name, MILLRACE_HTTP_TOKEN: TOKEN };
    this.process = new MillraceProcess(['run', fixture('named-counts'), ...cluster, ...group], variables);
  }

  async runs(): Promise<void> {
    await this.process.says('running; Ctrl-C stops');
    this.#url = /serves queries url=(\S+)/.exec(this.process.stderr)?.[1] ?? '';
  }

  ask(path: string, headers: { readonly [name: string]: string } = AUTHORIZATION): Promise<Answer> {
    return ask({ url: this.#url }, path, headers);
  }

  /** Asks until it is answered so: tasks may be on their way. */
  async answers(path: string, isWanted: (answer: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const answer = await this.ask(path);
      if (isWanted(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Whether an answer has all words, counted so often. */
function hasAll(count: number): (answer: Answer) => boolean {
  return ({ status, body }) =>
    status === 200 && body.length === words.length && body.every(({ value }: { value: number }) => value === count);
}

async function tasksOf(instance: Instance): Promise<readonly (readonly string[])[]> {
  const { body } = await instance.ask('/metadata');
  return (body?.instances ?? []).map(({ active }: { active: string[] }) => active);
}

test(
  'any of two processes answers for all keys, and the one that is left once it has restored',
  { timeout: 300_000 },
  async () => {
    await using one = await createDataDirectory();
    await using other = await createDataDirectory();
    await using killed = new Instance(one);
    await using lasting = new Instance(other);
    await Promise.all([killed.runs(), lasting.runs()]);
    for (const instance of [killed, lasting]) {
      await instance.answers('/metadata', ({ body }) => body?.instances?.length === 2);
      while ((await tasksOf(instance)).some((tasks) => tasks.length !== PARTITIONS / 2)) {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      const { body } = await instance.answers('/stores/totals', hasAll(1));
      // In the order of the serialized keys, from both.
      expect(body.map(({ key }: { key: string }) => key)).toEqual(words.toSorted());
      for (const word of words) {
        const entry = await instance.answers(`/stores/totals/${word}?keyEncoding=text`, ({ status }) => status !== 503);
        expect(entry).toMatchObject({ status: 200, body: { key: word, value: 1 } });
      }
      expect((await instance.ask('/stores/totals', {})).status).toBe(401);
      expect((await instance.ask('/metrics', { authorization: 'Bearer another' })).status).toBe(401);
      expect((await instance.ask('/health', {})).status).toBe(200);
      await instance.answers('/ready', ({ status }) => status === 200);
      expect((await instance.ask('/topology')).body).toContain('Sub-topology: 0');
      await instance.answers('/status?instances=all', ({ body: { instances } }) =>
        instances.every(({ error }: { error: string | null }) => error === null),
      );
      const metrics = valuesOf((await instance.ask('/metrics')).body as string);
      const lags = [...metrics.keys()].filter((each) => each.startsWith('millrace_task_lag_records{'));
      expect(lags).toHaveLength(PARTITIONS / 2);
    }

    // The one that is left had none of this in its state, whichever it had before the other came.
    await produceWords();
    await killed.answers('/stores/totals', hasAll(2));
    await killed[Symbol.asyncDispose]();
    await lasting.answers('/metadata', ({ body }) => body?.instances?.length === 1);
    await lasting.answers('/stores/totals', hasAll(2));
    const metrics = valuesOf((await lasting.answers('/metrics', ({ status }) => status === 200)).body as string);
    expect(metrics.get(`millrace_application_records_restored_total{application="${name}"}`)).toBeGreaterThan(0);
  },
);
