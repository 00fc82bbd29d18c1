import { expect, test } from 'vitest';
import { RecordCollector } from '../../../src/runtime/tasks/record-collector.ts';

test('a topic that several tasks meet at once is resolved once, and they share its output', async () => {
  const { promise, resolve } = Promise.withResolvers<number>();
  const resolved: string[] = [];
  const collector = new RecordCollector((topic) => {
    resolved.push(topic);
    return promise;
  });

  const [one, other] = [collector.output('events'), collector.output('events')];
  resolve(4);
  const [first, second] = [await one, await other];

  expect(resolved).toEqual(['events']);
  expect(second).toBe(first);
  expect(collector.output('events')).toBe(first);
});

test('a topic that could not be made is asked for again', async () => {
  const answers = [Promise.reject(new Error('no broker')), Promise.resolve(3)];
  const collector = new RecordCollector(() => answers.shift() ?? 0);

  await expect(collector.output('events')).rejects.toThrow('no broker');

  expect((await collector.output('events')).partitions).toBe(3);
});
