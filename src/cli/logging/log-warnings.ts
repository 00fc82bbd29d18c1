import type { Logger } from '../../core/logger.ts';

/** Sends the warnings of Node.js to the log, which would else print them as text, whatever the format of the log. */
export function logWarnings(logger: Logger): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    // That Node.js 22 strips types is what the user asked for.
    if (name === 'ExperimentalWarning') logger.debug(message, { warning: name });
    else logger.warn(message, { warning: name });
  });
}
