import type { Logger } from '../../core/logger.ts';
import { type HostOptions, startHost } from '../host/host.ts';
import { loadTopologies } from '../host/load-topologies.ts';
import { restoreLog } from '../logging/restore-log.ts';
import { runUntilStopped } from '../host/run-until-stopped.ts';
import { listenForStop } from '../stop-signals.ts';

/** What `run` takes besides its files. */
export type RunOptions = Pick<
  HostOptions,
  'application' | 'broker' | 'kafka' | 'mysql' | 'schemaRegistry' | 'server' | 'resnapshot'
>;

/**
 * Runs the topologies in these files until SIGINT or SIGTERM, then stops in order. Throws the error that keeps a part from
 * starting or that ends it, with everything stopped again.
 */
export async function runCommand(files: readonly string[], options: RunOptions, logger: Logger): Promise<void> {
  const topologies = await loadTopologies(files);
  const signals = listenForStop(logger);
  try {
    const listenerOf = (application: string) => restoreLog(logger.child({ application }));
    await runUntilStopped({
      start: (signal) => startHost({ topologies, topologyFiles: files, ...options, logger, signal, listenerOf }),
      signals,
      logger,
      facts: { topologies: topologies.map(({ name }) => name).join(', ') },
    });
  } finally {
    signals.release();
  }
}
