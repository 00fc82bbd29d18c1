import type { GroupEvent, GroupMember, GroupMemberIdentity, GroupOptions } from '../../src/broker/group-port.ts';
import type {
  Broker,
  BrokerAdmin,
  BrokerConsumer,
  BrokerProducer,
  TransactionalProducer,
} from '../../src/broker/port.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';

/**
 * What one instance sees of a broker, which its owner can cut off: `freeze` is the process stopped for longer than its
 * session, `thaw` its going on; one that is never thawed has crashed. Calls wait meanwhile, and so do their answers.
 */
export class BreakableBroker implements Broker {
  readonly admin: BrokerAdmin;
  readonly #broker: Broker;
  readonly #members = new Set<BreakableMember>();
  #gate: PromiseWithResolvers<void> | null = null;
  #callsLeft = Infinity;
  #frozenAt = '';

  constructor(broker: Broker) {
    this.#broker = broker;
    this.admin = this.#guarded(broker.admin);
  }

  /** Freezes by itself in the call after so many. */
  freezeAfter(calls: number): void {
    this.#callsLeft = calls;
  }

  /** Freezes by itself in the next call of this name. */
  freezeAt(name: keyof TransactionalProducer | keyof BrokerAdmin | keyof GroupMember): void {
    this.#frozenAt = name;
  }

  /** The group hears no more of its members, and throws them out. */
  async freeze(): Promise<void> {
    this.#callsLeft = Infinity;
    this.#frozenAt = '';
    this.#gate ??= Promise.withResolvers();
    await Promise.all([...this.#members].map((member) => member.freeze()));
  }

  /** Lets everything that waits go on. */
  thaw(): void {
    this.thawCalls();
    for (const member of this.#members) member.thaw();
  }

  /** The same, but its members learn only by `thaw` that they were thrown out. */
  thawCalls(): void {
    this.#callsLeft = Infinity;
    this.#gate?.resolve();
    this.#gate = null;
  }

  async openConsumer(): Promise<BrokerConsumer> {
    return this.#guarded(await this.#pass(() => this.#broker.openConsumer()));
  }

  async openProducer(): Promise<BrokerProducer> {
    return this.#guarded(await this.#pass(() => this.#broker.openProducer()));
  }

  async openTransactionalProducer(transactionalId: string): Promise<TransactionalProducer> {
    return this.#guarded(await this.#pass(() => this.#broker.openTransactionalProducer(transactionalId)));
  }

  async joinGroup(options: GroupOptions): Promise<GroupMember> {
    const member = new BreakableMember(await this.#pass(() => this.#broker.joinGroup(options)), {
      options,
      join: () => this.#broker.joinGroup(options),
      passConfirm: () => this.#passNamed('confirm', async () => undefined),
    });
    this.#members.add(member);
    return member;
  }

  /** The broker itself is its owner's. */
  async close(): Promise<void> {}

  #passNamed<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (name === this.#frozenAt) this.#callsLeft = 0;
    return this.#pass(call);
  }

  async #pass<T>(call: () => Promise<T>): Promise<T> {
    if (this.#callsLeft-- <= 0) void this.freeze();
    await this.#opened();
    const result = await call();
    await this.#opened();
    return result;
  }

  async #opened(): Promise<void> {
    for (let gate = this.#gate; gate !== null; gate = this.#gate) await gate.promise;
  }

  /** The same object, whose asynchronous calls wait while the broker is cut off. */
  #guarded<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== 'function') return value;
        const call = value.bind(target) as (...given: unknown[]) => unknown;
        if (['assign', 'pause', 'resume', 'wakeup'].includes(String(name))) return call;
        return (...given: unknown[]) => this.#passNamed(String(name), async () => call(...given));
      },
    });
  }
}

class BreakableMember implements GroupMember {
  readonly #options: GroupOptions;
  readonly #join: () => Promise<GroupMember>;
  readonly #passConfirm: () => Promise<void>;
  #member: GroupMember;
  #frozen: { readonly identity: GroupMemberIdentity | null } | null = null;
  #lost = false;

  constructor(
    member: GroupMember,
    parts: { options: GroupOptions; join: () => Promise<GroupMember>; passConfirm: () => Promise<void> },
  ) {
    this.#member = member;
    this.#options = parts.options;
    this.#join = parts.join;
    this.#passConfirm = parts.passConfirm;
  }

  async freeze(): Promise<void> {
    this.#frozen = { identity: this.#member.identity };
    await this.#member.leave();
  }

  thaw(): void {
    if (this.#frozen === null) return;
    this.#frozen = null;
    this.#lost = true;
    this.#options.onEvent();
  }

  get identity(): GroupMemberIdentity | null {
    if (this.#frozen !== null) return this.#frozen.identity;
    return this.#lost ? null : this.#member.identity;
  }

  takeEvent(): GroupEvent | undefined {
    if (this.#frozen !== null) return undefined;
    if (!this.#lost) return this.#member.takeEvent();
    this.#lost = false;
    void this.#join().then((member) => {
      this.#member = member;
    });
    return { kind: 'lost', reason: 'it was frozen' };
  }

  /** What the coordinator answers, also to one that has not noticed yet. */
  async confirm(): Promise<void> {
    await this.#passConfirm();
    if (this.#frozen !== null || this.#lost)
      throw new MillraceError('GROUP_MEMBER_FENCED', 'Expected a member, got one that was frozen');
    await this.#member.confirm();
  }

  rejoin(reason: string): void {
    this.#member.rejoin(reason);
  }

  leave(): Promise<void> {
    return this.#member.leave();
  }
}
