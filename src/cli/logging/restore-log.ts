import { type Clock, systemClock } from '../../core/clock.ts';
import { formatDuration } from '../../core/duration.ts';
import type { Logger } from '../../core/logger.ts';
import type { ApplicationListener, RestoreProgress } from '../../runtime/application-listener.ts';

/** How far a store was told to be. */
interface Told {
  readonly beganMs: number;
  tenth: number;
}

/** Logs each store that is restored: its begin, its end, and every tenth of the way with the time that is left at this rate. */
export function restoreLog(logger: Logger, clock: Clock = systemClock): ApplicationListener {
  const told = new Map<string, Told>();
  return {
    onRestoreStart: ({ store, task, fromOffset, endOffset }) => {
      told.set(`${task} ${store}`, { beganMs: clock.now(), tenth: 0 });
      logger.info('restoring store', { store, task, offsets: endOffset - fromOffset });
    },
    onRestoreBatch: (progress) => {
      const { store, task } = progress;
      const last = told.get(`${task} ${store}`);
      const part = restoredPart(progress);
      const tenth = Math.floor(part * 10);
      if (last === undefined || tenth <= last.tenth) return;
      last.tenth = tenth;
      const leftMs = Math.round(((clock.now() - last.beganMs) * (1 - part)) / part);
      logger.info('restoring store', { store, task, percent: tenth * 10, timeLeft: formatDuration(leftMs) });
    },
    onRestoreEnd: ({ store, task, restored }) => {
      told.delete(`${task} ${store}`);
      logger.info('restored store', { store, task, records: restored });
    },
  };
}

/** Between 0 and 1. */
function restoredPart({ fromOffset, endOffset, offset }: RestoreProgress): number {
  return endOffset > fromOffset ? Math.min(1, (offset - fromOffset) / (endOffset - fromOffset)) : 1;
}
