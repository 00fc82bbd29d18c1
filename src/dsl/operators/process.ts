import type { Processor } from '../../processor/processor.ts';
import type { StreamRecord } from '../../processor/stream-record.ts';
import type { StoreSpec } from '../../store/store.ts';
import { type NamedOptions, rekeyedStream, type SerdeOptions, type StreamPlan } from '../stream-plan.ts';

/** A processor of a program's own, made for each task. */
export type ProcessorSupplier<K, V, K2, V2> = () => Processor<StreamRecord<K, V>, StreamRecord<K2, V2>>;

/** How a processor is put into a stream. */
export interface ProcessOptions<K, V> extends NamedOptions, SerdeOptions<K, V> {
  /**
   * The stores it uses: as `keyValueStore`, `windowStore`, `sessionStore` or `versionedStore` declare them, or by the name
   * that an operator upstream gave its own, which is then only to be read.
   */
  readonly stores?: readonly (StoreSpec<any, any> | string)[];
}

/** Runs a processor over a stream. It may give records other keys, so whatever needs the key repartitions first. */
export function process<K, V, K2, V2>(
  plan: StreamPlan<K, V>,
  supplier: ProcessorSupplier<K, V, K2, V2>,
  options: ProcessOptions<K2, V2>,
): StreamPlan<K2, V2> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-PROCESSOR-');
  const stores = context.declareStores(options.stores ?? []);
  context.graph.addProcessor({ name: node, parents: [plan.node], stores, create: supplier });
  return rekeyedStream(plan, node, options);
}
