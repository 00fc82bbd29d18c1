import type { Json, JsonObject, Step } from '../case-file.ts';
import { RandomFunctions } from './random-functions.ts';
import { randomJoinWindow, randomProcessor, randomStore, randomSuppression, randomWindow } from './random-settings.ts';
import type { RandomSource } from './random-source.ts';

type Kind =
  | 'stream'
  | 'table'
  | 'global'
  | 'groupedStream'
  | 'groupedTable'
  | 'cogrouped'
  | 'windowed'
  | 'cogroupedWindowed';

/** A result of a step, and what is known of it. */
interface Operand {
  readonly id: string;
  readonly kind: Kind;
  /** The window of its keys; null where they are plain. */
  readonly window: JsonObject | null;
  readonly versioned?: boolean;
}

/** How a random program is made. */
export interface TopologyOptions {
  /** Besides sources and sinks. */
  readonly steps: number;
  /** Whether windows are kept for long, so that none is removed while it matters. */
  readonly longRetention: boolean;
}

const LONG_RETENTION_MS = 86_400_000;

/** Makes a random program that Kafka Streams mostly builds: kinds of operands and of keys fit, names are there. */
export function randomTopology(random: RandomSource, options: TopologyOptions): Step[] {
  return new TopologyMaker(random, options).make();
}

class TopologyMaker {
  readonly #random: RandomSource;
  readonly #options: TopologyOptions;
  readonly #functions: RandomFunctions;
  readonly #steps: Step[] = [];
  readonly #operands: Operand[] = [];
  readonly #used = new Set<string>();
  #ids = 0;
  #topics = 0;

  constructor(random: RandomSource, options: TopologyOptions) {
    this.#random = random;
    this.#options = options;
    this.#functions = new RandomFunctions(random);
  }

  make(): Step[] {
    const random = this.#random;
    random.weighted<unknown>([
      [3, () => this.#stream()],
      [2, () => this.#table()],
    ]);
    while (this.#steps.length < this.#options.steps) this.#grow();
    this.#finishGroups();
    for (const operand of this.#operands) {
      if (!isSinkable(operand) || (this.#used.has(operand.id) && !random.chance(0.15))) continue;
      this.#steps.push({ op: 'to', from: operand.id, topic: `out-${operand.id}` });
    }
    return this.#steps;
  }

  /** Goes on from one of the latest results, mostly. */
  #grow(): void {
    const random = this.#random;
    const latest = this.#operands.slice(-3);
    const from = random.chance(0.75) ? random.pick(latest) : random.pick(this.#operands);
    switch (from.kind) {
      case 'stream':
        return this.#ofStream(from);
      case 'table':
        return this.#ofTable(from);
      case 'global':
        return this.#globalJoin(this.#streamOf(null), from);
      case 'groupedStream':
      case 'groupedTable':
      case 'cogrouped':
      case 'windowed':
      case 'cogroupedWindowed':
        return this.#ofGroups(from);
    }
  }

  #finishGroups(): void {
    for (const operand of [...this.#operands]) {
      if (this.#used.has(operand.id) || isSinkable(operand)) continue;
      if (operand.kind === 'global') this.#globalJoin(this.#streamOf(null), operand);
      else this.#aggregate(operand);
    }
  }

  #add(kind: Kind, step: Omit<Step, 'id'> & { op: string }, known: Partial<Operand> = {}): Operand {
    const id = `${step.op}${this.#ids++}`;
    this.#steps.push({ id, ...step } as Step);
    for (const link of ['from', 'with']) if (typeof step[link] === 'string') this.#used.add(step[link]);
    const operand: Operand = { window: null, ...known, id, kind };
    this.#operands.push(operand);
    return operand;
  }

  #topic(prefix: string): string {
    return `${prefix}${this.#topics++}`;
  }

  #timestampField(): JsonObject {
    return this.#random.chance(0.06) ? { timestampField: 'ts' } : {};
  }

  #stream(): Operand {
    const topics = this.#random.chance(0.05)
      ? { topics: [this.#topic('s'), this.#topic('s')] }
      : { topic: this.#topic('s') };
    return this.#add('stream', { op: 'stream', ...topics, ...this.#timestampField() });
  }

  #table(): Operand {
    const store = randomStore(this.#random, 0.35);
    const step = { op: 'table', topic: this.#topic('t'), ...this.#timestampField(), ...store };
    return this.#add('table', step, { versioned: isVersioned(store) });
  }

  #windowStore(): JsonObject {
    const retention = this.#options.longRetention ? { retentionMs: LONG_RETENTION_MS } : {};
    return {
      ...(this.#random.chance(0.2) ? { store: { type: this.#random.pick(['keyValue', 'inMemory']) } } : {}),
      ...retention,
    };
  }

  /** Another operand of a kind with such keys: one that is there, or a new one. */
  #streamOf(window: JsonObject | null): Operand {
    const there = this.#operands.filter((one) => one.kind === 'stream' && sameWindow(one.window, window));
    if (there.length > 0 && (window !== null || this.#random.chance(0.35))) return this.#random.pick(there);
    return this.#stream();
  }

  #tableOf(window: JsonObject | null): Operand {
    const there = this.#operands.filter((one) => one.kind === 'table' && sameWindow(one.window, window));
    if (there.length > 0 && (window !== null || this.#random.chance(0.4))) return this.#random.pick(there);
    return this.#table();
  }

  #ofStream(from: Operand): void {
    const [random, functions] = [this.#random, this.#functions];
    const kept = { window: from.window };
    const plain = from.window === null;
    random.weighted<unknown>([
      [
        1.5,
        () =>
          this.#add(
            'stream',
            { op: random.pick(['filter', 'filterNot']), from: from.id, predicate: functions.predicate() },
            kept,
          ),
      ],
      [1.5, () => this.#add('stream', { op: 'mapValues', from: from.id, value: functions.mapper() }, kept)],
      [1, () => this.#rekeyed(from, { op: 'map', from: from.id, value: functions.row() })],
      [2, () => this.#rekeyed(from, { op: 'selectKey', from: from.id })],
      [1, () => this.#add('stream', { op: 'flatMapValues', from: from.id, values: functions.flatMapper() }, kept)],
      [
        0.7,
        () =>
          this.#rekeyed(from, {
            op: 'flatMap',
            from: from.id,
            values: functions.flatMapper(),
            value: functions.mapper(),
          }),
      ],
      [
        0.5,
        () => this.#add('stream', { op: random.pick(['peek', 'repartition', 'repartition']), from: from.id }, kept),
      ],
      [0.15, () => this.#steps.push({ op: 'foreach', from: from.id })],
      [1, () => this.#add('stream', { op: 'merge', from: from.id, with: this.#streamOf(from.window).id }, kept)],
      [0.7, () => this.#split(from)],
      [1, () => this.#toTable(from)],
      [5, () => this.#add('groupedStream', { op: 'groupByKey', from: from.id }, kept)],
      [3, () => this.#add('groupedStream', { op: 'groupBy', from: from.id, key: functions.plainSelector() })],
      [1, () => this.#process(from)],
      [4, () => this.#streamJoin(from)],
      [4, () => this.#rowJoin(from)],
      [plain ? 1 : 0.3, () => this.#globalJoin(from, this.#global())],
      [0.3, () => this.#dynamicTopic(from)],
      [plain ? 0.2 : 0, () => this.#throughTopic(from)],
    ]);
  }

  #rekeyed(from: Operand, step: { op: string } & JsonObject): void {
    const keepsWindow = from.window !== null && this.#random.chance(0.2);
    const key = keepsWindow
      ? { fn: 'key' }
      : from.window === null
        ? this.#functions.selector()
        : this.#functions.plainSelector();
    this.#add('stream', { ...step, key }, { window: keepsWindow ? from.window : null });
  }

  #toTable(from: Operand): void {
    const store = randomStore(this.#random, 0.35);
    this.#add(
      'table',
      { op: 'toTable', from: from.id, ...store },
      { window: from.window, versioned: isVersioned(store) },
    );
  }

  #process(from: Operand): void {
    const step = randomProcessor(this.#random);
    const isBatch = step.processor['fn'] === 'batch';
    this.#add('stream', { ...step, from: from.id }, { window: isBatch ? null : from.window });
  }

  #split(from: Operand): void {
    const ids = this.#random.list(1, 3, () => `part${this.#ids++}`);
    const rest = this.#random.chance(0.6) ? [`part${this.#ids++}`] : [];
    const branches = ids.map((id) => ({ id, predicate: this.#functions.predicate() }));
    this.#steps.push({ op: 'split', from: from.id, branches, ...(rest[0] === undefined ? {} : { default: rest[0] }) });
    this.#used.add(from.id);
    for (const id of [...ids, ...rest]) this.#operands.push({ id, kind: 'stream', window: from.window });
  }

  #streamJoin(from: Operand): void {
    const random = this.#random;
    const other = random.chance(0.12) ? from : this.#streamOf(from.window);
    const op = random.pick(['join', 'leftJoin', 'leftJoin', 'outerJoin', 'outerJoin']);
    const step = { op, from: from.id, with: other.id, window: randomJoinWindow(random) };
    this.#add('stream', { ...step, joiner: this.#functions.joiner(true) }, { window: from.window });
  }

  #rowJoin(from: Operand): void {
    const random = this.#random;
    const table = this.#tableOf(from.window);
    const op = random.pick(['join', 'leftJoin']);
    // A null key in a left join with grace crashes Kafka Streams.
    const grace = table.versioned === true && random.chance(0.6) ? { graceMs: random.pick([0, 5, 10, 20]) } : {};
    const step = { op, from: from.id, with: table.id, joiner: this.#functions.joiner(true), ...grace };
    this.#add('stream', step, { window: from.window });
  }

  #global(): Operand {
    const there = this.#operands.filter(({ kind }) => kind === 'global');
    if (there.length > 0) return this.#random.pick(there);
    return this.#add('global', { op: 'globalTable', topic: this.#topic('g') });
  }

  #globalJoin(from: Operand, global: Operand): void {
    const step = { op: this.#random.pick(['join', 'leftJoin']), from: from.id, with: global.id };
    const functions = this.#functions;
    this.#add(
      'stream',
      { ...step, key: functions.plainSelector(), joiner: functions.joiner(true) },
      { window: from.window },
    );
  }

  #dynamicTopic(from: Operand): void {
    const field = { fn: 'field', field: this.#random.pick(['g', 'g', 'n']) };
    const topicSelector = this.#random.chance(0.9)
      ? {
          fn: 'concat',
          parts: [
            { fn: 'const', value: 'dyn' },
            { fn: 'concat', parts: [{ fn: 'windowKey' }] },
          ],
          sep: '-',
        }
      : { fn: 'concat', parts: [{ fn: 'const', value: 'dyn' }, field], sep: '-' };
    this.#steps.push({ op: 'to', from: from.id, topicSelector });
  }

  /** Writes to a topic and reads it again. */
  #throughTopic(from: Operand): void {
    const topic = this.#topic('through');
    this.#steps.push({ op: 'to', from: from.id, topic });
    this.#used.add(from.id);
    if (this.#random.chance(0.5)) this.#add('stream', { op: 'stream', topic });
    else this.#add('table', { op: 'table', topic });
  }

  #ofTable(from: Operand): void {
    const [random, functions] = [this.#random, this.#functions];
    const kept = { window: from.window };
    const one = (step: { op: string } & JsonObject): unknown => {
      const store = randomStore(this.#random, 0.3);
      const isStillVersioned = step.op !== 'transformValues' && from.versioned === true && store['store'] === undefined;
      return this.#add(
        'table',
        { ...step, from: from.id, ...store },
        { ...kept, versioned: isVersioned(store) || isStillVersioned },
      );
    };
    random.weighted<unknown>([
      [3, () => one({ op: random.pick(['filter', 'filterNot']), predicate: functions.predicate() })],
      [2, () => one({ op: 'mapValues', value: functions.mapper() })],
      [1, () => one({ op: 'transformValues', value: functions.mapper() })],
      [2, () => this.#add('stream', { op: 'toStream', from: from.id }, kept)],
      [0.5, () => this.#rekeyed(from, { op: 'toStream', from: from.id })],
      [
        4,
        () =>
          this.#add('groupedTable', {
            op: 'groupBy',
            from: from.id,
            key: functions.plainSelector(),
            value: functions.row(),
          }),
      ],
      [from.versioned === true ? 0 : from.window === null ? 1.5 : 5, () => this.#suppress(from)],
      [4, () => this.#tableJoin(from)],
      [from.window === null ? 4 : 0.5, () => this.#foreignKeyJoin(from)],
      [from.window === null ? 1 : 0, () => this.#rowJoin(this.#streamOf(null))],
    ]);
  }

  #suppress(from: Operand): void {
    const settings = randomSuppression(this.#random, from.window !== null && from.window['type'] !== 'unlimited');
    this.#add('table', { op: 'suppress', from: from.id, ...settings }, { window: from.window });
  }

  #tableJoin(from: Operand): void {
    const op = this.#random.pick(['join', 'leftJoin', 'outerJoin']);
    const store = randomStore(this.#random, 0.25);
    const step = {
      op,
      from: from.id,
      with: this.#tableOf(from.window).id,
      joiner: this.#functions.joiner(false),
      ...store,
    };
    this.#add('table', step, { window: from.window, versioned: isVersioned(store) });
  }

  #foreignKeyJoin(from: Operand): void {
    const [random, functions] = [this.#random, this.#functions];
    const foreignKey = random.chance(0.75) ? { fn: 'field', field: 'p' } : functions.plainSelector();
    const store = randomStore(this.#random, 0.2);
    const step = { op: random.pick(['join', 'leftJoin']), from: from.id, with: this.#tableOf(null).id, foreignKey };
    this.#add(
      'table',
      { ...step, joiner: functions.joiner(false), ...store },
      { window: from.window, versioned: isVersioned(store) },
    );
  }

  #ofGroups(from: Operand): void {
    const random = this.#random;
    const cogroups = from.kind === 'groupedStream' && from.window === null;
    random.weighted<unknown>([
      [from.kind === 'groupedStream' ? 6 : 0, () => this.#windowedBy('windowed', from)],
      [cogroups ? 1.5 : 0, () => this.#cogroup(from, {})],
      [from.kind === 'cogrouped' ? 5 : 0, () => this.#cogroupAnother(from)],
      [from.kind === 'cogrouped' ? 2.5 : 0, () => this.#windowedBy('cogroupedWindowed', from)],
      [2.5, () => this.#aggregate(from)],
    ]);
  }

  #windowedBy(kind: 'windowed' | 'cogroupedWindowed', from: Operand): void {
    const window = randomWindow(this.#random);
    const emits = kind === 'windowed' && window['type'] !== 'unlimited' && this.#random.chance(0.3);
    const emit = emits ? { emit: 'onWindowClose' } : {};
    this.#add(kind, { op: 'windowedBy', from: from.id, window, ...emit }, { window });
  }

  #cogroup(from: Operand, link: JsonObject): void {
    this.#add('cogrouped', { op: 'cogroup', from: from.id, ...link, aggregator: this.#functions.aggregator() });
  }

  #cogroupAnother(from: Operand): void {
    // Kafka Streams changes the one there is in place, so it is not to be used any more, nor to be in use already.
    if (this.#used.has(from.id)) return;
    const other = this.#add('groupedStream', { op: 'groupByKey', from: this.#streamOf(null).id });
    this.#cogroup(from, { with: other.id });
    this.#operands.splice(this.#operands.indexOf(from), 1);
  }

  #aggregate(from: Operand): void {
    const [random, functions] = [this.#random, this.#functions];
    const isWindowed = from.kind === 'windowed' || from.kind === 'cogroupedWindowed';
    const store = isWindowed ? this.#windowStore() : randomStore(this.#random, 0.25);
    const known = { window: from.window, versioned: isVersioned(store) };
    const merger = isWindowed && from.window?.['type'] === 'session' ? { merger: functions.merger() } : {};
    const fold: { op: string; from: string; initializer: Json } & JsonObject = {
      op: 'aggregate',
      from: from.id,
      initializer: functions.initializer(),
    };
    if (from.kind === 'cogrouped' || from.kind === 'cogroupedWindowed') {
      this.#add('table', { ...fold, ...merger, ...store }, known);
    } else if (from.kind === 'groupedTable') {
      const { adder, subtractor } = functions.adderAndSubtractor();
      random.weighted<unknown>([
        [3, () => this.#add('table', { op: 'count', from: from.id, ...store }, known)],
        [
          2,
          () =>
            this.#add(
              'table',
              { op: 'reduce', from: from.id, adder: functions.reducer(), subtractor: functions.reducer(), ...store },
              known,
            ),
        ],
        [4, () => this.#add('table', { ...fold, adder, subtractor, ...store }, known)],
      ]);
    } else {
      random.weighted<unknown>([
        [3, () => this.#add('table', { op: 'count', from: from.id, ...store }, known)],
        [3, () => this.#add('table', { op: 'reduce', from: from.id, reducer: functions.reducer(), ...store }, known)],
        [4, () => this.#add('table', { ...fold, aggregator: functions.aggregator(), ...merger, ...store }, known)],
      ]);
    }
  }
}

function isSinkable({ kind }: Operand): boolean {
  return kind === 'stream' || kind === 'table';
}

function isVersioned(store: JsonObject): boolean {
  return (store['store'] as JsonObject | undefined)?.['type'] === 'versioned';
}

function sameWindow(a: JsonObject | null, b: JsonObject | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
