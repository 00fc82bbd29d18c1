import type { MaybePromise } from '../../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../../processor/change-record.ts';
import { ContextualProcessor } from '../../../processor/contextual-processor.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import type { StreamRecord } from '../../../processor/stream-record.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { IndexedWindows } from '../../../store/indexed-windows.ts';
import type { SessionWindows, SlidingWindows } from '../../windows/windows.ts';
import type { WindowFold } from './window-fold.ts';
import type { WindowLifecycle } from './window-lifecycle.ts';
import type { WindowUpdates } from './window-updates.ts';
import type { WindowedAggregation } from './windowed-aggregation.ts';

/** What an aggregation is opened with whose windows are told by the records of a key: sliding ones and sessions. */
export abstract class WindowsByKey<W extends SessionWindows | SlidingWindows, K, V, A> extends ContextualProcessor<
  StreamRecord<K, V>,
  ChangeRecord<Windowed<K>, A>
> {
  protected readonly aggregation: WindowedAggregation<K, A>;
  protected readonly fold: WindowFold<K, V, A>;
  protected readonly windows: W;
  protected store!: IndexedWindows<K, A>;
  protected updates!: WindowUpdates<K, A>;
  protected lifecycle!: WindowLifecycle<K, A>;
  readonly #input: number;

  /** `input` says which of several inputs it is that the aggregation has. */
  constructor(aggregation: WindowedAggregation<K, A>, fold: WindowFold<K, V, A>, input: number) {
    super();
    this.aggregation = aggregation;
    this.fold = fold;
    this.windows = aggregation.windows as W;
    this.#input = input;
  }

  override init(context: ProcessorContext<ChangeRecord<Windowed<K>, A>>): void {
    super.init(context);
    const { store, lifecycle, updates } = this.aggregation.open(context, this.#input);
    this.store = store;
    this.updates = updates;
    this.lifecycle = lifecycle as WindowLifecycle<K, A>;
  }

  abstract override process(record: StreamRecord<K, V>): MaybePromise<void>;
}
