import { expect, test } from 'vitest';
import { restoreLog } from '../../src/cli/restore-log.ts';
import { RecordingLogger } from './recording-logger.ts';

test('a restore is told at its begin, at each tenth and at its end', () => {
  const logger = new RecordingLogger();
  const log = restoreLog(logger);
  const progress = (restored: number) => ({ store: 'counts', task: '0_1', fromOffset: 100, endOffset: 300, restored });

  log.onRestoreStart?.(progress(0));
  for (const restored of [10, 25, 30, 100, 200]) log.onRestoreBatch?.(progress(restored));
  log.onRestoreEnd?.(progress(200));

  const place = { store: 'counts', task: '0_1' };
  expect(logger.lines).toEqual([
    ['restoring store', { ...place, offsets: 200 }],
    ['restoring store', { ...place, percent: 10 }],
    ['restoring store', { ...place, percent: 50 }],
    ['restoring store', { ...place, percent: 100 }],
    ['restored store', { ...place, records: 200 }],
  ]);
});

test('each store has its own progress', () => {
  const logger = new RecordingLogger();
  const log = restoreLog(logger);

  for (const task of ['0_0', '0_1']) {
    log.onRestoreBatch?.({ store: 'counts', task, fromOffset: 0, endOffset: 10, restored: 5 });
  }

  expect(logger.lines.map(([, { task, percent }]) => [task, percent])).toEqual([
    ['0_0', 50],
    ['0_1', 50],
  ]);
});
