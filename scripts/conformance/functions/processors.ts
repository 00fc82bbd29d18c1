import {
  keyValueStore,
  newRecord,
  string,
  type FixedKeyContext,
  type FixedKeyProcessor,
  type FixedKeyRecord,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type StreamRecord,
} from 'millrace';
import type { CaseKey, Json } from '../case-file.ts';
import { compile, optionalText, requiredNumber, requiredText, type FunctionTable } from './function-table.ts';
import { deepEqual, get, keyText, num } from './values.ts';

type CaseProcessor = Processor<StreamRecord<CaseKey, Json>, StreamRecord<CaseKey, Json>>;
type CaseContext = ProcessorContext<StreamRecord<CaseKey, Json>>;
type CaseValueProcessor = FixedKeyProcessor<CaseKey, Json, Json>;
type CaseStore = ReturnType<typeof storeOf>;

/** A processor with the store it uses. */
export interface WithStore<P> {
  readonly supplier: () => P;
  readonly store: CaseStore;
}

/** PROC of `process`. `name` names the store. */
export function processor(spec: Json | undefined, name: string): WithStore<CaseProcessor> {
  const store = storeOf(name);
  const create = compile('processor', processors, spec);
  return { supplier: () => create(store), store };
}

/** PROC of `processValues`. `name` names the store. */
export function valueProcessor(spec: Json | undefined, name: string): WithStore<CaseValueProcessor> {
  const store = storeOf(name);
  const create = compile('processor of values', valueProcessors, spec);
  return { supplier: () => create(store), store };
}

function storeOf(name: string) {
  return keyValueStore<string, Json>({ name: `${name}-kept`, keySerde: string() });
}

const processors: FunctionTable<(store: CaseStore) => CaseProcessor> = {
  dedupe: () => (store) => new Dedupe(store),
  runningCount: () => (store) => new RunningCount(store),
  batch: (spec) => {
    const type = requiredText(spec, 'punctuation') as 'streamTime' | 'wallClock';
    const intervalMs = requiredNumber(spec, 'intervalMs');
    return (store) => new Batch(store, { type, intervalMs });
  },
};

const valueProcessors: FunctionTable<(store: CaseStore) => CaseValueProcessor> = {
  runningSum: (spec) => {
    const field = optionalText(spec, 'field');
    return (store) => new RunningSum(store, field);
  },
  withTimestamp: () => () => new WithTimestamp(),
};

abstract class Stateful<Context extends { keyValueStore(store: CaseStore): KeyValueStore<string, Json> }> {
  protected context!: Context;
  protected store!: KeyValueStore<string, Json>;
  readonly #declared: CaseStore;

  constructor(declared: CaseStore) {
    this.#declared = declared;
  }

  init(context: Context): void {
    this.context = context;
    this.store = context.keyValueStore(this.#declared);
  }
}

class Dedupe extends Stateful<CaseContext> implements CaseProcessor {
  process(record: StreamRecord<CaseKey, Json>): void | Promise<void> {
    const key = keyText(record.key);
    if (key === null || deepEqual(record.value, this.store.get(key))) return;
    this.store.put(key, record.value);
    return this.context.forward(record);
  }
}

class RunningCount extends Stateful<CaseContext> implements CaseProcessor {
  process(record: StreamRecord<CaseKey, Json>): void | Promise<void> {
    const key = keyText(record.key);
    if (key === null) return;
    const n = num(this.store.get(key)) + 1;
    this.store.put(key, n);
    return this.context.forward(record.withValue<Json>({ n, value: record.value }));
  }
}

class Batch extends Stateful<CaseContext> implements CaseProcessor {
  readonly #schedule: { readonly type: 'streamTime' | 'wallClock'; readonly intervalMs: number };

  constructor(store: CaseStore, schedule: { type: 'streamTime' | 'wallClock'; intervalMs: number }) {
    super(store);
    this.#schedule = schedule;
  }

  override init(context: CaseContext): void {
    super.init(context);
    context.schedule(this.#schedule, (timestamp) => this.#flush(timestamp));
  }

  process(record: StreamRecord<CaseKey, Json>): void {
    const key = keyText(record.key);
    if (key !== null) this.store.put(key, record.value);
  }

  async #flush(timestamp: number): Promise<void> {
    for await (const { key, value } of this.store.all()) {
      this.store.delete(key);
      await this.context.forward(newRecord({ key, value, timestamp }));
    }
  }
}

class RunningSum extends Stateful<FixedKeyContext<CaseKey, Json>> implements CaseValueProcessor {
  readonly #field: string | undefined;

  constructor(store: CaseStore, field: string | undefined) {
    super(store);
    this.#field = field;
  }

  process(record: FixedKeyRecord<CaseKey, Json>): void | Promise<void> {
    const key = keyText(record.key);
    if (key === null) return;
    const sum = num(this.store.get(key)) + num(get(record.value, this.#field));
    this.store.put(key, sum);
    return this.context.forward(record.withValue<Json>(sum));
  }
}

class WithTimestamp implements CaseValueProcessor {
  #context!: FixedKeyContext<CaseKey, Json>;

  init(context: FixedKeyContext<CaseKey, Json>): void {
    this.#context = context;
  }

  process(record: FixedKeyRecord<CaseKey, Json>): void | Promise<void> {
    return this.#context.forward(record.withValue<Json>({ value: record.value, ts: record.timestamp }));
  }
}
