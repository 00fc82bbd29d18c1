import type { Clock } from '../../core/clock.ts';
import type { MaybePromise } from '../../core/maybe-promise.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import type { TaskId } from '../../core/task-id.ts';
import type { AnyRecord, GlobalRows, ProcessorContext, RecordMetadata } from '../../processor/processor.ts';
import type { InFlight } from '../../processor/in-flight.ts';
import type { Cancellable, PunctuationOptions, Punctuator } from '../../processor/punctuation.ts';
import { ForwardedStore } from '../../processor/forwarded-store.ts';
import type { UpdateCache } from '../../processor/update-cache.ts';
import type { Windowed } from '../../serde/windowed-serde.ts';
import { KeyValueStore } from '../../store/key-value-store.ts';
import { SessionStore } from '../../store/session-store.ts';
import type { StoreSpec, TimestampedKeyValueStore } from '../../store/store.ts';
import { VersionedStore } from '../../store/versioned-store.ts';
import { WindowStore } from '../../store/window-store.ts';
import type { TaskCaches } from '../state/task-caches.ts';

/** A node that takes records: a processor or a sink of one task. */
export interface RecordReceiver {
  process(record: AnyRecord): MaybePromise<void>;
}

/** A child of a node, with the name that errors and `forward` know it by. */
export interface ChildNode {
  readonly name: string;
  readonly receiver: RecordReceiver;
}

/** What the nodes of a task share. */
export interface TaskScope {
  readonly applicationId: string;
  readonly taskId: TaskId;
  readonly clock: Clock;
  readonly stores: ReadonlyMap<string, TimestampedKeyValueStore<any, any>>;
  /** By the name of their store. */
  readonly globalTables: ReadonlyMap<string, GlobalRows<any, any>>;
  readonly recordMetadata: RecordMetadata | null;
  readonly streamTimeMs: number;
  readonly caughtUp: boolean;
  recordDropped(reason: string): void;
  schedule(node: string, options: PunctuationOptions, punctuator: Punctuator): Cancellable;
  inFlight(node: string, limit: number): InFlight;
  /** Passes over the record that a node failed at, where that is the policy; else throws the error with its place. */
  handleError(error: unknown, node: string): void;
  readonly caches: TaskCaches;
}

/** A store of a program's own in which things expire. */
interface ExpiringStore {
  readonly sweepIntervalMs: number | null;
  expire(): MaybePromise<void>;
}

/** The context of one node in one task. How it forwards depends on its number of children: `contextOf` chooses. */
export abstract class NodeContext implements ProcessorContext<AnyRecord> {
  readonly applicationId: string;
  readonly taskId: TaskId;
  protected readonly nodeName: string;
  protected readonly scope: TaskScope;
  readonly #storeNames: readonly string[];
  readonly #expiringStores = new Map<string, ExpiringStore>();

  constructor(nodeName: string, storeNames: readonly string[], scope: TaskScope) {
    this.applicationId = scope.applicationId;
    this.taskId = scope.taskId;
    this.nodeName = nodeName;
    this.scope = scope;
    this.#storeNames = storeNames;
  }

  abstract forward(record: AnyRecord, childName?: string): MaybePromise<void>;

  store<K, V>(name: string): TimestampedKeyValueStore<K, V> {
    const store = this.#storeNames.includes(name) ? this.scope.stores.get(name) : undefined;
    if (store !== undefined) return store;
    throw new MillraceError(
      'TOPOLOGY_UNKNOWN_STORE',
      `Expected store "${name}" to be connected to node "${this.nodeName}", got [${this.#storeNames.join(', ')}]`,
      { context: { node: this.nodeName, store: name } },
    );
  }

  forwardedStore<K, V>(name: string): TimestampedKeyValueStore<K, V> {
    return new ForwardedStore<K, V>(this.store(name), this.scope.caches.of(name));
  }

  holdBack<K, V>(store: string, flush: () => MaybePromise<void>): UpdateCache<K, V> | null {
    return this.scope.caches.open(this.nodeName, store, flush);
  }

  keyValueStore<K, V>(store: StoreSpec<K, V> | string): KeyValueStore<K, V> {
    return new KeyValueStore(this.store<K, V>(nameOf(store)), this.scope);
  }

  windowStore<K, V>(store: StoreSpec<Windowed<K>, V> | string): WindowStore<K, V> {
    return this.#expiring(store, (name) => new WindowStore<K, V>(name, this));
  }

  sessionStore<K, V>(store: StoreSpec<Windowed<K>, V> | string): SessionStore<K, V> {
    return this.#expiring(store, (name) => new SessionStore<K, V>(name, this));
  }

  versionedStore<K, V>(store: StoreSpec<K, V> | string): VersionedStore<K, V> {
    return this.#expiring(store, (name) => new VersionedStore<K, V>(name, this));
  }

  /** Opens a store once, and has what expires in it removed from then on. */
  #expiring<S extends ExpiringStore>(store: StoreSpec<any, any> | string, open: (name: string) => S): S {
    const name = nameOf(store);
    const known = this.#expiringStores.get(name);
    if (known !== undefined) return known as S;
    const opened = open(name);
    this.#expiringStores.set(name, opened);
    const { sweepIntervalMs } = opened;
    if (sweepIntervalMs !== null) {
      this.schedule({ intervalMs: sweepIntervalMs, type: 'streamTime' }, () => opened.expire());
    }
    return opened;
  }

  globalRows<K, V>(store: string): GlobalRows<K, V> {
    const { globalTables } = this.scope;
    const rows = globalTables.get(store);
    if (rows !== undefined) return rows;
    throw new MillraceError(
      'TOPOLOGY_UNKNOWN_STORE',
      `Expected a global table with the store "${store}", got [${[...globalTables.keys()].join(', ')}]`,
      { context: { node: this.nodeName, store } },
    );
  }

  schedule(options: PunctuationOptions, punctuator: Punctuator): Cancellable {
    return this.scope.schedule(this.nodeName, options, punctuator);
  }

  inFlight(limit: number): InFlight {
    return this.scope.inFlight(this.nodeName, limit);
  }

  get recordMetadata(): RecordMetadata | null {
    return this.scope.recordMetadata;
  }

  get streamTimeMs(): number {
    return this.scope.streamTimeMs;
  }

  get systemTimeMs(): number {
    return this.scope.clock.now();
  }

  get caughtUp(): boolean {
    return this.scope.caughtUp;
  }

  recordDropped(reason: string): void {
    this.scope.recordDropped(reason);
  }

  protected unknownChild(childName: string): MillraceError {
    return new MillraceError(
      'TOPOLOGY_INVALID',
      `Expected "${childName}" to be a child of node "${this.nodeName}", got a name it does not have`,
      { context: { node: this.nodeName } },
    );
  }
}

/** The context that suits a node's number of children. */
export function contextOf(
  node: { readonly name: string; readonly stores?: readonly string[] },
  children: readonly ChildNode[],
  scope: TaskScope,
): NodeContext {
  const stores = node.stores ?? [];
  if (children.length === 0) return new LeafContext(node.name, stores, scope);
  if (children.length === 1) return new OneChildContext(node.name, stores, { scope, child: children[0] as ChildNode });
  return new ManyChildrenContext(node.name, stores, { scope, children });
}

function nameOf(store: StoreSpec<any, any> | string): string {
  return typeof store === 'string' ? store : store.name;
}

class LeafContext extends NodeContext {
  forward(_record: AnyRecord, childName?: string): void {
    if (childName !== undefined) throw this.unknownChild(childName);
  }
}

class OneChildContext extends NodeContext {
  readonly #receiver: RecordReceiver;
  readonly #child: ChildNode;

  constructor(nodeName: string, storeNames: readonly string[], rest: { scope: TaskScope; child: ChildNode }) {
    super(nodeName, storeNames, rest.scope);
    this.#receiver = rest.child.receiver;
    this.#child = rest.child;
  }

  forward(record: AnyRecord, childName?: string): MaybePromise<void> {
    if (childName !== undefined && childName !== this.#child.name) throw this.unknownChild(childName);
    try {
      const pending = this.#receiver.process(record);
      return pending === undefined ? undefined : settled(pending, this.#child, this.scope);
    } catch (error) {
      this.scope.handleError(error, this.#child.name);
    }
  }
}

class ManyChildrenContext extends NodeContext {
  readonly #children: readonly ChildNode[];

  constructor(
    nodeName: string,
    storeNames: readonly string[],
    rest: { scope: TaskScope; children: readonly ChildNode[] },
  ) {
    super(nodeName, storeNames, rest.scope);
    this.#children = rest.children;
  }

  forward(record: AnyRecord, childName?: string): MaybePromise<void> {
    if (childName !== undefined) return this.#forwardTo(childName, record);
    const children = this.#children;
    for (let index = 0; index < children.length; index++) {
      const pending = give(children[index] as ChildNode, record, this.scope);
      if (pending !== undefined) return this.#forwardRest(pending, index + 1, record);
    }
  }

  async #forwardRest(pending: Promise<void>, from: number, record: AnyRecord): Promise<void> {
    await pending;
    for (const child of this.#children.slice(from)) await give(child, record, this.scope);
  }

  #forwardTo(childName: string, record: AnyRecord): MaybePromise<void> {
    for (const child of this.#children) {
      if (child.name === childName) return give(child, record, this.scope);
    }
    throw this.unknownChild(childName);
  }
}

function give(child: ChildNode, record: AnyRecord, scope: TaskScope): MaybePromise<void> {
  try {
    const pending = child.receiver.process(record);
    return pending === undefined ? undefined : settled(pending, child, scope);
  } catch (error) {
    scope.handleError(error, child.name);
  }
}

async function settled(pending: Promise<void>, child: ChildNode, scope: TaskScope): Promise<void> {
  try {
    await pending;
  } catch (error) {
    scope.handleError(error, child.name);
  }
}
