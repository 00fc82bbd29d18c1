import { days } from '../../../core/duration.ts';
import { MillraceError } from '../../../core/millrace-error.ts';
import type { ChangeRecord } from '../../../processor/change-record.ts';
import type { ProcessorContext } from '../../../processor/processor.ts';
import type { Serde } from '../../../serde/serde.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { WindowsShape } from '../../../store/store.ts';
import { Marker } from '../../../store/marker.ts';
import { timeIndex, timeIndexName } from '../../../store/time-index.ts';
import { sessionKeySerde, timeWindowKeySerde } from '../../../store/window-key.ts';
import { windowChangelog, type WindowChangelogOptions } from '../../../store/window-changelog.ts';
import type { StoreOptions } from '../../table-stores/add-table-store.ts';
import { IndexedWindows } from '../../../store/indexed-windows.ts';
import type { DslContext } from '../../dsl-context.ts';
import type { TablePlan } from '../../table-plan.ts';
import { checkDuration } from '../../windows/check-duration.ts';
import { windowEnd } from '../../windows/window-end.ts';
import type { UnlimitedWindows, Windows } from '../../windows/windows.ts';
import { AggregationView } from '../aggregation-view.ts';
import { WindowUpdates } from './window-updates.ts';
import { WindowLifecycle, type LifecycleRules } from './window-lifecycle.ts';

/**
 * When a windowed aggregation emits. `onWindowUpdate`: each update of a window; sessions that grow or merge are deleted
 * first. `onWindowClose`: each window once, when stream time has passed its end and grace (KIP-825).
 */
export type EmitStrategy = 'onWindowUpdate' | 'onWindowClose';

/** What a windowed aggregation is told of its stores. */
type WindowedStoreOptions = WindowChangelogOptions &
  Pick<StoreOptions, 'storage' | 'migrate' | 'cache'> & { readonly name: string; readonly retentionMs?: number };

/** One windowed aggregation: what its inputs, one or several (cogroup), have in common. */
export interface WindowedAggregationOptions<K, A> {
  readonly options: WindowedStoreOptions;
  readonly windows: Windows;
  readonly emit: EmitStrategy;
  /** As `WindowCloseOptions` has it; null: windows close by records alone. */
  readonly idleMs: number | null;
  readonly keySerde: Serde<K>;
  readonly valueSerde: Serde<A> | null;
  readonly inputs: number;
}

/** The stores of an aggregation in one task, and what ends its windows. */
export interface OpenWindows<K, A> {
  readonly store: IndexedWindows<K, A>;
  /** Null for windows that never end. */
  readonly lifecycle: WindowLifecycle<K, A> | null;
  readonly updates: WindowUpdates<K, A>;
}

/**
 * The stores of a windowed aggregation and the rules of their windows. It makes the store and changelog `<name>` and, for
 * windows that close, the index `<name>-by-time`.
 */
export class WindowedAggregation<K, A> {
  readonly windows: Windows;
  readonly keySerde: Serde<K>;
  readonly view: AggregationView<Windowed<K>, A>;
  readonly stores: readonly string[];
  readonly #context: DslContext;
  readonly #options: WindowedAggregationOptions<K, A>;
  /** Null for windows that never end. */
  readonly #rules: LifecycleRules | null;

  /** Throws TOPOLOGY_INVALID for a retention that is too short, and for unlimited windows that are to emit on close. */
  constructor(context: DslContext, options: WindowedAggregationOptions<K, A>) {
    const { windows, emit, idleMs, keySerde } = options;
    const { name } = options.options;
    if (windows.kind === 'unlimited' && emit === 'onWindowClose') {
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected windows that close for emit "onWindowClose" of "${name}", got unlimited ones`,
      );
    }
    if (idleMs !== null && emit !== 'onWindowClose') {
      throw new MillraceError(
        'TOPOLOGY_INVALID',
        `Expected emit "onWindowClose" of "${name}" for \`windowClose\`, got "${emit}"`,
      );
    }
    this.windows = windows;
    this.keySerde = keySerde;
    this.view = new AggregationView(name, context.oldValues);
    this.#context = context;
    this.#options = options;
    this.#rules = windows.kind === 'unlimited' ? null : rulesOf(options, windows);
    this.stores = this.#addStores();
  }

  /** The table that the updates of a node are. */
  table(node: string, sources: readonly string[]): TablePlan<Windowed<K>, A> {
    const { valueSerde } = this.#options;
    if (this.windows.kind !== 'unlimited') this.#context.windowGraces.set(node, suppressionWaitMs(this.windows));
    const keySerde = this.#context.windowedSerde(this.keySerde, this.windows);
    return { context: this.#context, node, keySerde, valueSerde, sources, view: this.view };
  }

  /** Opens the stores for the processor of one input. */
  open(context: ProcessorContext<ChangeRecord<Windowed<K>, A>>, input: number): OpenWindows<K, A> {
    const { inputs } = this.#options;
    const { name, retentionMs } = this.#options.options;
    const windows = context.store<Windowed<K>, A>(name);
    const store = new IndexedWindows<K, A>(windows, (index) => context.store(index));
    const updates = new WindowUpdates<K, A>(context, this.#holdsBack ? name : null);
    if (this.#rules === null) return { store, lifecycle: null, updates };
    const index = context.store<Buffer, readonly number[]>(timeIndexName(name));
    const streamTimes = Array.from({ length: inputs }, (_, id) => new Marker(index, 1 + id));
    const lifecycle = new WindowLifecycle(this.#rules, {
      store,
      context,
      streamTime: streamTimes[input] as Marker,
      emittedTo: new Marker(index, 0),
      // With a retention of the user's own, windows are as old as the input that is furthest on makes them.
      otherInputs: retentionMs === undefined ? streamTimes.toSpliced(input, 1) : [],
    });
    return { store, lifecycle, updates };
  }

  /** What is emitted on close comes once anyway. */
  get #holdsBack(): boolean {
    const { emit, options } = this.#options;
    return emit === 'onWindowUpdate' && options.cache !== false;
  }

  #addStores(): readonly string[] {
    const { windows, keySerde, options } = this.#options;
    const { name, storage = 'persistent', migrate } = options;
    const { graph, defaults } = this.#context;
    const valueSerde: Serde<any> = this.#options.valueSerde ?? defaults.valueSerde;
    const spec = { kind: 'key-value', storage, logged: true } as const;
    const index = timeIndexName(name);
    const shape = shapeOf(windows, this.#rules === null ? null : index);
    graph.addStore({
      ...spec,
      name,
      keySerde: storeKeySerde(keySerde, windows),
      valueSerde,
      scans: false,
      shape,
      ...(migrate === undefined ? {} : { migrations: [migrate].flat() }),
      ...(this.#rules === null ? {} : windowChangelog(options, this.#rules.retentionMs)),
    });
    if (this.#rules === null) return [name];
    graph.addStore(timeIndex({ ...spec, name }));
    return [name, index];
  }
}

/** Sliding windows and sessions are looked for by key; others are told by the time of a record. */
function shapeOf({ kind }: Windows, index: string | null): WindowsShape {
  const listed = kind === 'sliding' || kind === 'session';
  return { kind: kind === 'session' ? 'session' : 'window', index, listed, retentionMs: null };
}

type EndingWindows = Exclude<Windows, UnlimitedWindows>;

/** How long after the end of a window suppression waits for more updates. */
function suppressionWaitMs(windows: EndingWindows): number {
  return windows.kind === 'session' ? windows.gapMs + windows.graceMs : windows.graceMs;
}

function storeKeySerde<K>(keySerde: Serde<K>, windows: Windows): Serde<Windowed<K>> {
  if (windows.kind === 'session') return sessionKeySerde(keySerde);
  return timeWindowKeySerde(keySerde, (start) => windowEnd(windows, start));
}

function rulesOf(options: WindowedAggregationOptions<any, any>, windows: EndingWindows): LifecycleRules {
  const { emit, idleMs } = options;
  const { name, retentionMs } = options.options;
  const { closeLagMs, neededMs, defaultMs = neededMs } = spansOf(windows);
  if (retentionMs !== undefined) checkDuration('retentionMs', retentionMs, { of: `"${name}"`, min: neededMs });
  return {
    closeLagMs,
    retentionMs: retentionMs ?? defaultMs,
    emitsOnClose: emit === 'onWindowClose',
    idleMs,
  };
}

interface WindowSpans {
  readonly closeLagMs: number;
  /** For so long windows may still be looked at, to change them or others. */
  readonly neededMs: number;
  readonly defaultMs?: number;
}

function spansOf(windows: EndingWindows): WindowSpans {
  switch (windows.kind) {
    case 'tumbling':
    case 'hopping': {
      const lagMs = windows.sizeMs + windows.graceMs;
      return { closeLagMs: lagMs, neededMs: lagMs };
    }
    case 'sliding': {
      const { timeDifferenceMs: difference, graceMs } = windows;
      // The oldest record that is taken looks at windows that begin up to two differences before it.
      return { closeLagMs: difference + graceMs + 1, neededMs: 3 * difference + graceMs + 1 };
    }
    case 'session': {
      const { gapMs, graceMs } = windows;
      const neededMs = 2 * gapMs + graceMs + 1;
      // A late record that joins a session still open with one before it is taken however late it is: a day of that is kept.
      const defaultMs = neededMs + days(1);
      return {
        closeLagMs: gapMs + graceMs + 1,
        neededMs,
        defaultMs,
      };
    }
  }
}
