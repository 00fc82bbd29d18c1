import { expect, test } from 'vitest';
import { restoreLog } from '../../../src/cli/logging/restore-log.ts';
import { ManualClock } from '../../../src/testing/manual-clock.ts';
import { RecordingLogger } from '../recording-logger.ts';

const progressOf = (task: string, offset: number) => ({
  store: 'counts',
  task,
  fromOffset: 100,
  endOffset: 300,
  offset,
  restored: (offset - 100) / 2,
});

test('a restore is told at its begin, at each tenth with the time left, and at its end', () => {
  const logger = new RecordingLogger();
  const clock = new ManualClock(0);
  const log = restoreLog(logger, clock);

  log.onRestoreStart?.(progressOf('0_1', 100));
  for (const offset of [110, 125, 130, 200, 300]) {
    clock.advance(1000);
    log.onRestoreBatch?.(progressOf('0_1', offset));
  }
  log.onRestoreEnd?.(progressOf('0_1', 300));

  const place = { store: 'counts', task: '0_1' };
  expect(logger.lines).toEqual([
    ['restoring store', { ...place, offsets: 200 }],
    ['restoring store', { ...place, percent: 10, timeLeft: '14s' }],
    ['restoring store', { ...place, percent: 50, timeLeft: '4s' }],
    ['restoring store', { ...place, percent: 100, timeLeft: '0ms' }],
    ['restored store', { ...place, records: 100 }],
  ]);
});

test('each store has its own progress, anew at each restore', () => {
  const logger = new RecordingLogger();
  const log = restoreLog(logger, new ManualClock(0));

  for (const task of ['0_0', '0_1', '0_0']) {
    log.onRestoreStart?.(progressOf(task, 100));
    log.onRestoreBatch?.(progressOf(task, 200));
  }

  const percents = logger.lines.filter(([, { percent }]) => percent !== undefined);
  expect(percents.map(([, { task, percent }]) => [task, percent])).toEqual([
    ['0_0', 50],
    ['0_1', 50],
    ['0_0', 50],
  ]);
});
