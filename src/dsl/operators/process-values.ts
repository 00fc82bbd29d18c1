import type { MaybePromise } from '../../core/maybe-promise.ts';
import { FixedKeyRecord, type FixedKeyContext, type FixedKeyProcessor } from '../../processor/fixed-key-record.ts';
import type { Processor, ProcessorContext } from '../../processor/processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { StreamPlan } from '../stream-plan.ts';
import type { ProcessOptions } from './process.ts';

/** A processor of a program's own that keeps keys, made for each task. */
export type FixedKeyProcessorSupplier<K, V, V2> = () => FixedKeyProcessor<K, V, V2>;

/** Runs a processor over a stream that cannot give records other keys, so nothing is repartitioned. */
export function processValues<K, V, V2>(
  plan: StreamPlan<K, V>,
  supplier: FixedKeyProcessorSupplier<K, V, V2>,
  options: Omit<ProcessOptions<K, V2>, 'keySerde'>,
): StreamPlan<K, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-PROCESSVALUES-');
  const stores = context.declareStores(options.stores ?? []);
  context.graph.addProcessor({
    name: node,
    parents: [plan.node],
    stores,
    create: () => new ProcessValues(supplier()),
  });
  return { ...plan, node, valueSerde: options.valueSerde ?? null, updates: false };
}

/** Gives a fixed-key processor records it cannot re-key. */
class ProcessValues<K, V, V2> implements Processor<StreamRecord<K, V>, StreamRecord<K, V2>> {
  readonly #processor: FixedKeyProcessor<K, V, V2>;

  constructor(processor: FixedKeyProcessor<K, V, V2>) {
    this.#processor = processor;
  }

  init(context: ProcessorContext<StreamRecord<K, V2>>): void {
    this.#processor.init?.(fixedKeyContext(context));
  }

  process(record: StreamRecord<K, V>): MaybePromise<void> {
    return this.#processor.process(new FixedKeyRecord(record));
  }

  close(): void {
    this.#processor.close?.();
  }
}

function fixedKeyContext<K, V>(context: ProcessorContext<StreamRecord<K, V>>): FixedKeyContext<K, V> {
  return {
    applicationId: context.applicationId,
    taskId: context.taskId,
    forward: (record, childName) => context.forward(FixedKeyRecord.unwrap(record), childName),
    store: (name) => context.store(name),
    forwardedStore: (name) => context.forwardedStore(name),
    holdBack: (store, flush) => context.holdBack(store, flush),
    keyValueStore: (store) => context.keyValueStore(store),
    windowStore: (store) => context.windowStore(store),
    sessionStore: (store) => context.sessionStore(store),
    versionedStore: (store) => context.versionedStore(store),
    globalRows: (store) => context.globalRows(store),
    schedule: (options, punctuator) => context.schedule(options, punctuator),
    inFlight: (limit) => context.inFlight(limit),
    get recordMetadata() {
      return context.recordMetadata;
    },
    get streamTimeMs() {
      return context.streamTimeMs;
    },
    get systemTimeMs() {
      return context.systemTimeMs;
    },
    get caughtUp() {
      return context.caughtUp;
    },
    recordDropped: (reason) => context.recordDropped(reason),
  };
}
