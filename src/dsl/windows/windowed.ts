import type { Serde } from '../../serde/serde.ts';
import { sessionWindowedSerde, timeWindowedSerde, type Windowed } from '../../serde/windowed-serde.ts';
import { windowEnd } from './window-end.ts';
import type { Windows } from './windows.ts';

/**
 * The keys of a windowed table in topics, as Kafka writes them: to read such a topic in another topology or a test. The end
 * of a time window is not on the wire; it is told from the start.
 *
 * @example builder.stream('orders-per-minute', { keySerde: windowed(string(), tumbling({ sizeMs: 60_000, graceMs: 0 })) })
 */
export function windowed<K>(keySerde: Serde<K>, windows: Windows): Serde<Windowed<K>> {
  if (windows.kind === 'session') return sessionWindowedSerde(keySerde);
  return timeWindowedSerde(keySerde, (start) => windowEnd(windows, start));
}
