import { forEachInOrder, type MaybePromise } from '../../../core/maybe-promise.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { InFlight, InFlightRecord } from '../../../processor/in-flight.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Serde } from '../../../serde/serde.ts';
import { keySerdeOf, rekeyedStream, type SerdeOptions, type StreamPlan } from '../../stream-plan.ts';
import { type AsyncCall, type AsyncOptions, type CallPolicy, callPolicy } from './async-options.ts';
import { type Attempt, callOutside } from './call-outside.ts';

/** Makes any number of records of one, by a call to the outside. */
export type AsyncMapper<K, V, K2, V2> = (
  record: StreamRecord<K, V>,
  call: AsyncCall,
) => Promise<readonly StreamRecord<K2, V2>[]>;

/** Options of `processAsync`. */
export interface ProcessAsyncOptions<K, V, K2, V2> extends AsyncOptions, SerdeOptions<K2, V2> {
  /** Makes the records of one whose calls have all failed. Absent, the task stops with the error of the last. */
  readonly onFailure?: (error: unknown, record: StreamRecord<K, V>) => readonly StreamRecord<K2, V2>[];
}

/** Replaces each record by those that a call makes of it. Whatever needs the key repartitions first. */
export function processAsync<K, V, K2, V2>(
  plan: StreamPlan<K, V>,
  mapper: AsyncMapper<K, V, K2, V2>,
  options: ProcessAsyncOptions<K, V, K2, V2>,
): StreamPlan<K2, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-PROCESSASYNC-');
  const create = asyncProcessor(plan, mapper, { node, options });
  context.graph.addProcessor({ name: node, parents: [plan.node], create });
  return rekeyedStream(plan, node, options);
}

/** Makes the processors of an operator that calls the outside. Throws TOPOLOGY_INVALID for options out of bounds. */
export function asyncProcessor<K, V, K2, V2>(
  plan: StreamPlan<K, V>,
  mapper: AsyncMapper<K, V, K2, V2>,
  { node, options }: { node: string; options: ProcessAsyncOptions<K, V, K2, V2> },
): () => ProcessAsync<K, V, K2, V2> {
  const policy = callPolicy(options, `"${node}"`);
  const keySerde = keySerdeOf(plan);
  return () => new ProcessAsync({ mapper, policy, keySerde, onFailure: options.onFailure ?? null });
}

interface ProcessAsyncParts<K, V, K2, V2> {
  readonly mapper: AsyncMapper<K, V, K2, V2>;
  readonly policy: CallPolicy;
  readonly keySerde: Serde<K>;
  readonly onFailure: ((error: unknown, record: StreamRecord<K, V>) => readonly StreamRecord<K2, V2>[]) | null;
}

/** A record that waits for its call. */
interface Waiting<K, V> {
  readonly record: StreamRecord<K, V>;
  readonly inFlight: InFlightRecord;
  /** The bytes of the key as text; null without one. */
  readonly key: string | null;
}

/**
 * Calls the outside for each record, so many at a time, and forwards what comes back.
 *
 * The records of one key are called one after another, so neither their results nor what the outside sees of them is out of
 * order. Those of different keys, and those without one, are forwarded as their calls end.
 */
class ProcessAsync<K, V, K2, V2> extends ContextualProcessor<StreamRecord<K, V>, StreamRecord<K2, V2>> {
  readonly #parts: ProcessAsyncParts<K, V, K2, V2>;
  readonly #closed = new AbortController();
  readonly #busyKeys = new Set<string>();
  #inFlight!: InFlight;
  /** In the order they came. */
  #waiting: Waiting<K, V>[] = [];
  #calls = 0;

  constructor(parts: ProcessAsyncParts<K, V, K2, V2>) {
    super();
    this.#parts = parts;
  }

  override init(context: ProcessorContext<StreamRecord<K2, V2>>): void {
    super.init(context);
    this.#inFlight = context.inFlight(this.#parts.policy.concurrency);
  }

  override process(record: StreamRecord<K, V>): void {
    const { keyDatum } = record;
    const key = keyDatum === null ? null : keyDatum.bytes(this.#parts.keySerde).toString('latin1');
    this.#waiting.push({ record, inFlight: this.#inFlight.begin(), key });
    this.#callWaiting();
  }

  close(): void {
    this.#waiting = [];
    this.#closed.abort();
  }

  /** Calls the first that waits and whose key has no call on its way, as long as there may be more calls. */
  #callWaiting(): void {
    while (this.#calls < this.#parts.policy.concurrency) {
      const index = this.#waiting.findIndex(({ key }) => key === null || !this.#busyKeys.has(key));
      if (index < 0) return;
      const [next] = this.#waiting.splice(index, 1) as [Waiting<K, V>];
      this.#calls++;
      if (next.key !== null) this.#busyKeys.add(next.key);
      void this.#call(next);
    }
  }

  async #call({ record, inFlight, key }: Waiting<K, V>): Promise<void> {
    const { mapper, policy } = this.#parts;
    // A mapper may throw before it has a promise.
    const attempt: Attempt<readonly StreamRecord<K2, V2>[]> = async (call) => mapper(record, call);
    let results: () => readonly StreamRecord<K2, V2>[];
    try {
      const made = await callOutside(attempt, policy, this.#closed.signal);
      results = () => made;
    } catch (error) {
      results = () => this.#failed(error, record);
    }
    this.#calls--;
    if (key !== null) this.#busyKeys.delete(key);
    if (this.#closed.signal.aborted) return;
    inFlight.finish(() => this.#forward(results()));
    this.#callWaiting();
  }

  #failed(error: unknown, record: StreamRecord<K, V>): readonly StreamRecord<K2, V2>[] {
    const { onFailure } = this.#parts;
    if (onFailure === null) throw error;
    return onFailure(error, record);
  }

  #forward(results: readonly StreamRecord<K2, V2>[]): MaybePromise<void> {
    return forEachInOrder(results, (result) => this.context.forward(result));
  }
}
