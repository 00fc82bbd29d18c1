import { MillraceError } from '../../../core/millrace-error.ts';
import { andThen, type MaybePromise } from '../../../core/maybe-promise.ts';
import { Change, ChangeRecord } from '../../../processor/change-record.ts';
import type { Processor, ProcessorContext } from '../../../processor/processor.ts';
import { buffer } from '../../../serde/buffer-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { times } from '../../../serde/times-serde.ts';
import type { Windowed } from '../../../serde/windowed-serde.ts';
import type { OldValues } from '../../dsl-context.ts';
import { keySerdeOf, valueSerdeOf } from '../../stream-plan.ts';
import type { TablePlan, TableView } from '../../table-plan.ts';
import { checkDuration } from '../../windows/check-duration.ts';
import { IdleClock } from '../../windows/idle-clock.ts';
import { idleMsOf, type WindowCloseOptions } from '../../windows/window-close.ts';
import { SuppressedView } from './suppressed-view.ts';
import { suppressedSerde } from './suppressed-serde.ts';
import { SuppressionBuffer, type HeldUpdate, type SuppressionStores } from './suppression-buffer.ts';

/** How long updates of a table are held back. */
export interface SuppressOptions {
  /** Names the node, its stores `<name>` and `<name>-times`, and their changelogs. */
  readonly name: string;
  /**
   * `windowCloses`: until a window's end and grace have passed; deletes are swallowed. A time limit: until so much stream
   * time has passed since the first update of the key that was held back.
   */
  readonly until: 'windowCloses' | { readonly timeLimitMs: number };
  /** Only with `windowCloses`: when windows close without a further record. What comes for them later is dropped. */
  readonly windowClose?: WindowCloseOptions;
  /** How many keys are held back at most; absent, any number. */
  readonly maxRecords?: number;
  /** How many bytes the updates held back take at most, with their keys, serialized; absent, any number. */
  readonly maxBytes?: number;
  /**
   * `shutDown` fails the task with SUPPRESSION_BUFFER_FULL; it is the default with `windowCloses`, and its only choice.
   * `emitEarly` emits the first ones; it is the default with a time limit.
   */
  readonly whenFull?: 'emitEarly' | 'shutDown';
}

/** The rules of one suppress. */
interface Suppression {
  readonly name: string;
  readonly finalOnly: boolean;
  readonly waitMs: number;
  /** Null: windows close by records alone. */
  readonly idleMs: number | null;
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly emitsEarly: boolean;
}

/** Holds the updates of a table back and emits only the last of each key (KIP-328). */
export function suppress<K, V>(plan: TablePlan<K, V>, options: SuppressOptions): TablePlan<K, V> {
  const { context } = plan;
  const name = context.requireName(options, 'suppress');
  const rules = rulesOf(plan, options);
  // Kafka Streams counts no node here where it has a name.
  const node = name;
  const [keySerde, valueSerde] = [keySerdeOf(plan), suppressedSerde(valueSerdeOf(plan))];
  const stores = { updates: name, times: `${name}-times` };
  const spec = { kind: 'key-value', storage: 'persistent', logged: true, keySerde: buffer() } as const;
  context.graph.addStore({ ...spec, name: stores.updates, valueSerde, scans: true });
  context.graph.addStore({ ...spec, name: stores.times, valueSerde: times(), scans: false });
  // What was there before the updates held back is known only by their old values. As in Kafka Streams, the table is kept
  // for that even if nobody reads this one, and filters then leave out what changes nothing.
  plan.view.sendOldValues(true);
  const view = new SuppressedView(plan.view, stores, keySerde);
  const create = (): Processor<ChangeRecord<K, V>, ChangeRecord<K, V>> =>
    new Suppress({ rules, stores, keySerde, oldValues: context.oldValues, view });
  context.graph.addProcessor({ name: node, parents: [plan.node], stores: [stores.updates, stores.times], create });
  return { ...plan, node, view };
}

interface SuppressParts<K, V> {
  readonly rules: Suppression;
  readonly stores: SuppressionStores;
  readonly keySerde: Serde<K>;
  readonly oldValues: OldValues;
  readonly view: TableView<K, V> & { readonly sendsOldValues: boolean };
}

class Suppress<K, V> implements Processor<ChangeRecord<K, V>, ChangeRecord<K, V>> {
  readonly #parts: SuppressParts<K, V>;
  readonly #release: (update: HeldUpdate<K, V>) => MaybePromise<void>;
  #context!: ProcessorContext<ChangeRecord<K, V>>;
  #buffer!: SuppressionBuffer<K, V>;
  /** Done when the bytes held from earlier runs are counted. */
  #counting: MaybePromise<void> = undefined;
  #idleClock: IdleClock | null = null;
  /** The largest timestamp of an update, as far as known: stream time may have gone on since. */
  #recordTime = -1;

  constructor(parts: SuppressParts<K, V>) {
    this.#parts = parts;
    this.#release = (update) => this.#forward(update);
  }

  init(context: ProcessorContext<ChangeRecord<K, V>>): void {
    this.#context = context;
    this.#buffer = new SuppressionBuffer(context, this.#parts.stores, this.#parts);
    const { idleMs, maxBytes } = this.#parts.rules;
    this.#counting = this.#buffer.countBytes(maxBytes !== Infinity);
    if (idleMs === null) return;
    this.#recordTime = this.#buffer.streamTime;
    this.#idleClock = new IdleClock(context, idleMs, (elapsedMs) => this.#releaseIdle(elapsedMs));
  }

  process(record: ChangeRecord<K, V>): MaybePromise<void> {
    if (this.#counting === undefined) return this.#take(record);
    const counted = this.#counting;
    this.#counting = undefined;
    return andThen(counted, () => this.#take(record));
  }

  #take(record: ChangeRecord<K, V>): MaybePromise<void> {
    const { finalOnly, waitMs } = this.#parts.rules;
    const time = finalOnly ? ((record.key as Windowed<unknown>).end as number) : record.timestamp;
    if (this.#idleClock !== null) {
      this.#idleClock.record();
      // The aggregation still takes records of windows that were closed by the wall clock here.
      const closedTo = this.#buffer.streamTime - waitMs;
      const closed = this.#buffer.streamTime > this.#recordTime ? time <= closedTo : time < closedTo;
      if (closed) return this.#context.recordDropped('late record');
    }
    if (record.timestamp > this.#recordTime) this.#recordTime = record.timestamp;
    const streamTime = this.#buffer.observe(record.timestamp);
    this.#buffer.put(record, time);
    const released = this.#buffer.releaseUpTo(streamTime - waitMs, this.#release);
    return released === undefined ? this.#makeRoom() : released.then(() => this.#makeRoom());
  }

  /** Releases what the wall clock has closed; stream time goes on no further than that, so that it does not run away. */
  #releaseIdle(elapsedMs: number): MaybePromise<void> {
    const { waitMs } = this.#parts.rules;
    if (this.#buffer.size === 0 || this.#recordTime < 0) return;
    let closedTo = -1;
    const released = this.#buffer.releaseUpTo(this.#recordTime + elapsedMs - waitMs, (update) => {
      closedTo = (update.key.value as Windowed<unknown>).end as number;
      return this.#forward(update);
    });
    return andThen(released, () => {
      if (closedTo >= 0) this.#buffer.observe(closedTo + waitMs);
    });
  }

  #makeRoom(): MaybePromise<void> {
    const { name, maxRecords, maxBytes, emitsEarly } = this.#parts.rules;
    while (this.#buffer.size > maxRecords || this.#buffer.bytes > maxBytes) {
      if (!emitsEarly) {
        throw new MillraceError(
          'SUPPRESSION_BUFFER_FULL',
          `Expected at most \`maxRecords\` (${maxRecords}) keys and \`maxBytes\` (${maxBytes}) to be held back by suppress "${name}", got ${this.#buffer.size} keys of ${this.#buffer.bytes} bytes`,
        );
      }
      const released = this.#buffer.releaseFirst(1, this.#release);
      if (released !== undefined) return released.then(() => this.#makeRoom());
    }
  }

  #forward({ key, suppressed, timestamp }: HeldUpdate<K, V>): MaybePromise<void> {
    const { change, headers } = suppressed;
    if (change.newValue === null && this.#parts.rules.finalOnly) return;
    const forwarded = this.#parts.view.sendsOldValues ? change : new Change(change.newValue, null);
    return this.#context.forward(new ChangeRecord(key, forwarded, { timestamp, headers }));
  }
}

function rulesOf<K, V>(plan: TablePlan<K, V>, options: SuppressOptions): Suppression {
  const { name, until, maxRecords = Infinity, maxBytes = Infinity } = options;
  const finalOnly = until === 'windowCloses';
  const whenFull = options.whenFull ?? (finalOnly ? 'shutDown' : 'emitEarly');
  if (finalOnly && whenFull === 'emitEarly') {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`whenFull\` of suppress "${name}" to be "shutDown", since what is emitted early is not final, got "emitEarly"`,
    );
  }
  for (const [limit, value] of Object.entries({ maxRecords, maxBytes })) {
    if (value >= 1) continue;
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected \`${limit}\` of suppress "${name}" to be at least 1, got ${value}`,
    );
  }
  const waitMs = finalOnly
    ? graceOf(plan, name)
    : checkDuration('timeLimitMs', until.timeLimitMs, { of: `suppress "${name}"`, min: 0 });
  const idleMs = idleMsOf(options.windowClose, `suppress "${name}"`);
  if (idleMs !== null && !finalOnly) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected suppress "${name}" until "windowCloses" for \`windowClose\`, got a time limit`,
    );
  }
  return { name, finalOnly, waitMs, idleMs, maxRecords, maxBytes, emitsEarly: whenFull === 'emitEarly' };
}

/** How long after their ends the windows of a table still change: the longest of the windowed aggregations it comes from. */
function graceOf<K, V>({ context, node }: TablePlan<K, V>, name: string): number {
  const upstream = [...context.windowGraces].filter(
    ([windowed]) => windowed === node || context.graph.downstreamOf(windowed).has(node),
  );
  if (upstream.length === 0) {
    throw new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected suppress "${name}" until "windowCloses" to follow an aggregation in windows that close, got another table`,
    );
  }
  const nearest = upstream.filter(([windowed]) => {
    const reached = context.graph.downstreamOf(windowed);
    return !upstream.some(([other]) => reached.has(other));
  });
  return Math.max(...nearest.map(([, graceMs]) => graceMs));
}
