import type { Broker } from '../../broker/port.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { CaptureElection } from '../../mysql/source/capture-election.ts';
import { sendSignal } from '../../mysql/source/signal-topic.ts';
import type { ControlHandler } from './control-socket.ts';

/** Answers what commands ask of a capture: to follow a signal, and how it is. */
export function controlCapture(capture: CaptureElection, broker: Broker, topicPrefix: string): ControlHandler {
  return async (request) => {
    // Signals go over a topic, so that they reach the source wherever it runs.
    if (request.command === 'signal') return sendSignal(broker, topicPrefix, request.value);
    const { source } = capture;
    if (source !== null) return { ...source.status(), ...(await source.health()) };
    throw new MillraceError('CLI_COMMAND_REFUSED', 'Expected the process that captures, got one that stands by');
  };
}
