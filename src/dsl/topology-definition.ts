import { MillraceError } from '../core/millrace-error.ts';
import type { Topology } from '../topology/topology.ts';
import type { DefaultSerdes } from './dsl-context.ts';
import { type BuildOptions, StreamsBuilder } from './streams-builder.ts';

/** The serdes a program takes where it names none (JSON by default), and how it is optimized. */
export interface TopologyOptions extends Partial<DefaultSerdes>, BuildOptions {}

/**
 * Defines a topology: what a topology file exports by default.
 *
 * The name is also the application id: it names the consumer group, the internal topics and the local state.
 * Throws the errors of `StreamsBuilder.build`. Options: default serdes, and which optimizations are made.
 *
 * @example
 * export default topology('paid-orders', (builder) => {
 *   builder.stream<number, Order>('orders').filter((order) => order.status === 'paid').to('paid-orders');
 * });
 */
export function topology(
  name: string,
  define: (builder: StreamsBuilder) => void,
  { optimization = 'none', ...defaults }: TopologyOptions = {},
): Topology {
  const builder = new StreamsBuilder(defaults);
  mustBeDone(define(builder), name);
  return builder.build(name, { optimization });
}

/** What an asynchronous function adds later would be missing from the frozen graph. */
function mustBeDone(returned: unknown, name: string): void {
  if (!(returned instanceof Promise)) return;
  // It ends with an error of its own, which says less.
  returned.catch(() => undefined);
  throw new MillraceError(
    'TOPOLOGY_INVALID',
    `Expected the function of topology "${name}" to return when all is added, got an async one: load what it needs before, with top-level await`,
  );
}
