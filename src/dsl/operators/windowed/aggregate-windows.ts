import type { ChangeRecord } from '../../../processor/change-record.ts';
import type { Processor } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import { keySerdeOf, type StreamPlan } from '../../stream-plan.ts';
import type { TablePlan } from '../../table-plan.ts';
import type { Windows } from '../../windows/windows.ts';
import type { WindowChangelogOptions } from '../../../store/window-changelog.ts';
import type { StoreOptions } from '../../table-stores/add-table-store.ts';
import type { AggregationOptions } from '../aggregate-stream.ts';
import { AggregateSessions } from './aggregate-sessions.ts';
import { AggregateSlidingWindows } from './aggregate-sliding-windows.ts';
import { AggregateTimeWindows } from './aggregate-time-windows.ts';
import type { WindowFold } from './window-fold.ts';
import { WindowedAggregation, type EmitStrategy } from './windowed-aggregation.ts';

/** Options of every windowed aggregation. */
export interface WindowedOptions<A>
  extends AggregationOptions<A>, WindowChangelogOptions, Pick<StoreOptions, 'storage' | 'migrate' | 'cache'> {
  /**
   * How long windows are kept after their start (sessions: their end), in stream time; at least until they can no longer
   * change, which is also the default (sessions: a day more). Keep them longer to query them. Unlimited windows stay.
   */
  readonly retentionMs?: number;
}

/** How a stream is windowed. */
export interface Windowing<W extends Windows> {
  readonly windows: W;
  readonly emit: EmitStrategy;
  /** Null: windows close by records alone. */
  readonly idleMs: number | null;
}

/** Folds the values of each key and window into a table with a store and a changelog. */
export function aggregateWindows<K, V, A>(
  plan: StreamPlan<K, V>,
  { windows, emit, idleMs }: Windowing<Windows>,
  { fold, options }: { fold: WindowFold<K, V, A>; options: WindowedOptions<A> },
): TablePlan<Windowed<K>, A> {
  const { context } = plan;
  const node = context.nodeName(options.name, 'KSTREAM-AGGREGATE-');
  const keySerde = keySerdeOf(plan);
  const { valueSerde } = fold;
  const aggregation = new WindowedAggregation<K, A>(context, {
    options,
    windows,
    emit,
    idleMs,
    keySerde,
    valueSerde,
    inputs: 1,
  });
  const create = windowedProcessor(aggregation, fold, 0);
  context.graph.addProcessor({ name: node, parents: [plan.node], stores: aggregation.stores, create });
  return aggregation.table(node, plan.sources);
}

/** Makes the processors of one input of a windowed aggregation. */
export function windowedProcessor<K, V, A>(
  aggregation: WindowedAggregation<K, A>,
  fold: WindowFold<K, V, A>,
  input: number,
): () => Processor<StreamRecord<K, V>, ChangeRecord<Windowed<K>, A>> {
  switch (aggregation.windows.kind) {
    case 'tumbling':
    case 'hopping':
    case 'unlimited':
      return () => new AggregateTimeWindows(aggregation, fold, input);
    case 'sliding':
      return () => new AggregateSlidingWindows(aggregation, fold, input);
    case 'session':
      return () => new AggregateSessions(aggregation, fold, input);
  }
}
