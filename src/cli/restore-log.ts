import type { Logger } from '../core/logger.ts';
import type { ApplicationListener, RestoreProgress } from '../runtime/application-listener.ts';

/** Logs each store that is restored: its begin, its end, and every tenth of the way. */
export function restoreLog(logger: Logger): ApplicationListener {
  const tenths = new Map<string, number>();
  return {
    onRestoreStart: ({ store, task, fromOffset, endOffset }) =>
      logger.info('restoring store', { store, task, offsets: endOffset - fromOffset }),
    onRestoreBatch: (progress) => {
      const { store, task } = progress;
      const tenth = Math.floor(restoredPart(progress) * 10);
      if (tenth <= (tenths.get(`${task} ${store}`) ?? 0)) return;
      tenths.set(`${task} ${store}`, tenth);
      logger.info('restoring store', { store, task, percent: tenth * 10 });
    },
    onRestoreEnd: ({ store, task, restored }) => logger.info('restored store', { store, task, records: restored }),
  };
}

/** Between 0 and 1. Offsets have gaps, so that records may be fewer. */
function restoredPart({ fromOffset, endOffset, restored }: RestoreProgress): number {
  return endOffset > fromOffset ? Math.min(1, restored / (endOffset - fromOffset)) : 1;
}
