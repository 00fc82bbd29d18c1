import type { MaybePromise } from '../../../core/maybe-promise.ts';
import type { ChangeRecord } from '../../../processor/change-record.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import type { UpdateCache } from '../../../processor/update-cache.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { TimestampedDatum } from '../../../store/store.ts';

type Update<K, A> = ChangeRecord<Windowed<K>, A>;

/** Forwards the updates of windows; where the application has a record cache, the last of each window at the next commit. */
export class WindowUpdates<K, A> {
  readonly #context: ProcessorContext<Update<K, A>>;
  readonly #cache: UpdateCache<Windowed<K>, A> | null;
  readonly #forward: (update: Update<K, A>) => MaybePromise<void>;

  /** `store` names the store of the windows; null: nothing is held back. */
  constructor(context: ProcessorContext<Update<K, A>>, store: string | null) {
    this.#context = context;
    this.#forward = (update) => context.forward(update);
    this.#cache = store === null ? null : context.holdBack<Windowed<K>, A>(store, () => this.#flush());
  }

  /** Emits an update that is in the store already; `before` is what was there, or null. */
  emit(update: Update<K, A>, before: TimestampedDatum<A> | null): MaybePromise<void> {
    if (this.#cache === null) return this.#context.forward(update);
    this.#cache.note(update, before);
    if (this.#cache.overBudget) return this.#flush();
  }

  #flush(): MaybePromise<void> {
    return this.#cache?.flush(this.#forward);
  }
}
