import type { Logger, LogFields } from '../../core/logger.ts';
import { reportRegularly } from '../logging/report-regularly.ts';
import type { Host } from './running-host.ts';
import { StatusLog } from '../logging/status-log.ts';
import type { StopSignals } from '../stop-signals.ts';

/** What is run. */
export interface RunUntilStoppedOptions {
  /** Starts it, with everything stopped again where that fails, or the signal is aborted. */
  readonly start: (signal: AbortSignal) => Promise<Host>;
  readonly signals: StopSignals;
  readonly logger: Logger;
  /** What is said of it when it runs. */
  readonly facts: LogFields;
}

/**
 * Starts a host and reports what it does until a signal asks to stop or all of it has ended, then stops it in order. Throws
 * the error that keeps it from starting or ended a part, with everything stopped.
 */
export async function runUntilStopped({ start, signals, logger, facts }: RunUntilStoppedOptions): Promise<void> {
  const { signal } = signals;
  let host: Host;
  try {
    host = await start(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return logger.debug('stopped before it had started', { error });
  }
  logger.info('running; Ctrl-C stops', facts);
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
