import { seconds } from '../../core/duration.ts';
import type { Logger } from '../../core/logger.ts';
import type { StatusLog } from './status-log.ts';

const STATUS_INTERVAL_MS = seconds(10);
const SOURCE_CHECK_INTERVAL_MS = seconds(1);

/** Reports until the function returned is called, which waits for a report that is under way. */
export function reportRegularly(status: StatusLog, logger: Logger): () => Promise<void> {
  let reporting = Promise.resolve();
  const report = async (): Promise<void> => {
    await status.report().catch((error: unknown) => logger.warn('no status', { error }));
  };
  status.checkSource();
  const timers = [
    setInterval(() => status.checkSource(), SOURCE_CHECK_INTERVAL_MS),
    setInterval(() => {
      reporting = reporting.then(report);
    }, STATUS_INTERVAL_MS),
  ];
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await reporting;
    status.checkSource();
  };
}
