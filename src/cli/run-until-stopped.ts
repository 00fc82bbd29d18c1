import type { Logger } from '../core/logger.ts';
import { reportRegularly } from './report-regularly.ts';
import type { Host } from './running-host.ts';
import { StatusLog } from './status-log.ts';
import type { StopSignals } from './stop-signals.ts';

/**
 * Reports what a host does until a signal asks to stop or all of it has ended, then stops it in order. Throws the error that
 * ended a part, with everything stopped.
 */
export async function runUntilStopped(host: Host, signals: StopSignals, logger: Logger): Promise<void> {
  const status = new StatusLog(host, logger);
  const stopReporting = reportRegularly(status, logger);
  try {
    await Promise.race([signals.requested, host.finished]);
  } catch (error) {
    await stopReporting();
    // The error that ended the host is the one to be told, not what comes of it while it stops.
    await host.stop().catch((also: unknown) => logger.debug('could not stop in order', { error: also }));
    throw error;
  }
  await stopReporting();
  await host.stop();
  status.summarize();
}
