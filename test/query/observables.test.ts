import { EMPTY, firstValueFrom, from, lastValueFrom, NEVER, Observable, Subject, throwError, concat } from 'rxjs';
import { map, take, toArray } from 'rxjs/operators';
import { describe, expect, test } from 'vitest';
import { EmbeddedBroker } from '../../src/broker/embedded/embedded-broker.ts';
import type { Broker } from '../../src/broker/port.ts';
import { StreamsBuilder, type Topology } from '../../src/index.ts';
import { fromObservable, toObservable, viewChanges, type TopicRecord } from '../../src/query/index.ts';
import {
  applicationOf,
  createTopic,
  drained,
  produce,
  readAll,
  temporaryDirectory,
} from '../runtime/application-fixtures.ts';

interface Click {
  readonly user: string | null;
  readonly n: number;
}

function clicks(count: number): Click[] {
  return Array.from({ length: count }, (_, n) => ({ user: n % 5 === 4 ? null : `u${n % 4}`, n }));
}

async function brokerWith(topic: string, partitions = 1): Promise<Broker> {
  const broker = await EmbeddedBroker.inMemory();
  await createTopic(broker, topic, partitions);
  return broker;
}

/** Counts `in` by key, and passes it on. */
function counting(): Topology {
  const builder = new StreamsBuilder();
  const input = builder.stream<string, number>('in');
  input.to('out');
  input.groupByKey().count({ name: 'counts' });
  return builder.build('counting');
}

function plain({ key, value, timestamp }: TopicRecord<any, any>): unknown[] {
  return [key, value, timestamp];
}

describe('fromObservable', () => {
  test('all values are written, in the order of their key, those without one to all partitions', async () => {
    const broker = await brokerWith('clicks', 3);
    const source = clicks(2000);
    const options = { broker, topic: 'clicks', key: (click: Click) => click.user, timestamp: ({ n }: Click) => n };

    await fromObservable(from(source), options).finished;

    const written = await readAll(broker, 'clicks');
    expect(written).toHaveLength(2000);
    for (const user of ['u0', 'u1', 'u2', 'u3']) {
      expect(written.filter(({ key }) => key === user).map(({ value }) => value)).toEqual(
        source.filter((click) => click.user === user),
      );
    }
    const partitions = [0, 1, 2].map((partition) => ({ topic: 'clicks', partition }));
    expect((await broker.admin.listOffsets(partitions, 'latest')).every(({ offset }) => offset > 0)).toBe(true);
  });

  test('what came before an error of the observable is written, then it fails with that error', async () => {
    const broker = await brokerWith('clicks');
    const failing = concat(
      from(clicks(3)),
      throwError(() => new Error('gone')),
    );
    const feed = fromObservable(failing, { broker, topic: 'clicks', key: ({ user }) => user });
    await expect(feed.finished).rejects.toThrow('gone');
    expect(await readAll(broker, 'clicks')).toHaveLength(3);
  });

  test('an observable that is faster than the broker for long is unsubscribed', async () => {
    const broker = await brokerWith('clicks');
    let unsubscribed = false;
    const endless = new Observable<number>((subscriber) => {
      for (let n = 0; n < 11; n++) subscriber.next(n);
      return () => (unsubscribed = true);
    });
    const feed = fromObservable(endless, { broker, topic: 'clicks', key: String, maxWaiting: 10 });
    await expect(feed.finished).rejects.toMatchObject({ code: 'OBSERVABLE_OVERRUN' });
    expect(unsubscribed).toBe(true);
    expect(await readAll(broker, 'clicks')).toHaveLength(10);
  });

  test('a stop unsubscribes and writes what came before', async () => {
    const broker = await brokerWith('clicks');
    const subject = new Subject<number>();
    const feed = fromObservable(subject, { broker, topic: 'clicks', key: String });
    subject.next(1);
    await feed.stop();
    expect(subject.observed).toBe(false);
    expect(await readAll(broker, 'clicks')).toEqual([{ key: '1', value: 1 }]);
    await feed.stop();
  });

  test('a topic that does not exist, and a value that cannot be written, fail the feed', async () => {
    const broker = await brokerWith('clicks');
    const missing = fromObservable(EMPTY, { broker, topic: 'nowhere', key: () => null });
    await expect(missing.finished).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
    const unwritable = concat(from([1, Number.NaN]), NEVER);
    const feed = fromObservable(unwritable, { broker, topic: 'clicks', key: () => 'k' });
    await expect(feed.finished).rejects.toMatchObject({ code: 'SERIALIZATION_FAILED' });
  });
});

describe('toObservable', () => {
  test('each subscription gets the records from its beginning, and those that come', async () => {
    const broker = await brokerWith('in');
    await produce(broker, 'in', [{ key: 'a', value: 1, timestamp: 5 }]);
    const observed = toObservable<string, number>(broker, 'in', { from: 'earliest' }).pipe(
      map(plain),
      take(2),
      toArray(),
    );
    const both = Promise.all([lastValueFrom(observed), lastValueFrom(observed)]);
    await produce(broker, 'in', [{ key: 'b', value: null, timestamp: 6 }]);
    const expected = [
      ['a', 1, 5],
      ['b', null, 6],
    ];
    expect(await both).toEqual([expected, expected]);
  });

  test('nothing comes after unsubscribing, and the consumer is closed', async () => {
    const broker = await brokerWith('in');
    let open = 0;
    const counted: Broker = {
      admin: broker.admin,
      openProducer: () => broker.openProducer(),
      openTransactionalProducer: (id) => broker.openTransactionalProducer(id),
      joinGroup: (options) => broker.joinGroup(options),
      close: () => broker.close(),
      openConsumer: async () => {
        const consumer = await broker.openConsumer();
        open++;
        const close = consumer.close.bind(consumer);
        consumer.close = async () => {
          await close();
          open--;
        };
        return consumer;
      },
    };
    const seen: unknown[] = [];
    const subscription = toObservable<string, number>(counted, 'in', { from: 'earliest' }).subscribe(({ value }) => {
      seen.push(value);
      if (value === 2) subscription.unsubscribe();
    });
    await produce(
      broker,
      'in',
      [1, 2, 3].map((value) => ({ key: 'a', value })),
    );
    while (!subscription.closed || open > 0) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([1, 2]);
  });

  test('a topic that does not exist is an error', async () => {
    const broker = await brokerWith('in');
    await expect(firstValueFrom(toObservable(broker, 'nowhere'))).rejects.toMatchObject({ code: 'TOPIC_NOT_FOUND' });
  });

  test('what an application has not committed is not seen; a view shows each commit', async () => {
    await using directory = await temporaryDirectory();
    const broker = await brokerWith('in');
    const topology = counting();
    const config = { stateDirectory: directory.path };
    const application = applicationOf({ topology, broker, config });
    await application.start();
    const output = lastValueFrom(
      toObservable(broker, 'out', { from: 'earliest' }).pipe(map(plain), take(3), toArray()),
    );
    const view = lastValueFrom(
      viewChanges<string, number>(broker, topology, { store: 'counts', from: 'earliest' }).pipe(
        map(plain),
        take(2),
        toArray(),
      ),
    );
    await produce(broker, 'in', [
      { key: 'a', value: 1, timestamp: 1 },
      { key: 'a', value: 2, timestamp: 2 },
    ]);
    await drained(application);
    await produce(broker, 'in', [{ key: 'b', value: 3, timestamp: 3 }]);
    await drained(application);

    expect(await output).toEqual([
      ['a', 1, 1],
      ['a', 2, 2],
      ['b', 3, 3],
    ]);
    expect(await view).toEqual([
      ['a', 2, 2],
      ['b', 1, 3],
    ]);
    await application.close();
  });

  test('a view that there is not is refused', async () => {
    const broker = await brokerWith('in');
    expect(() => viewChanges(broker, counting(), { store: 'sums' })).toThrow(
      expect.objectContaining({ code: 'RUNTIME_UNKNOWN_STORE' }) as Error,
    );
  });
});
