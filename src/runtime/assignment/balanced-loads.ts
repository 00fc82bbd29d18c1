/** What work is spread over: a process or a member, and how much of it it can take. */
export interface Slot {
  readonly id: string;
  readonly capacity: number;
}

interface Load {
  readonly capacity: number;
  /** What every fair division gives the slot. */
  readonly floor: number;
  count: number;
}

/**
 * How much each slot has and may still get, so that in the end all are within one of their share: slot `i` gets
 * `floor(total × capacity_i / capacity)`, and some get one more, until the total is reached.
 */
export class BalancedLoads {
  readonly #loads = new Map<string, Load>();
  #extras: number;

  /** `held` is what slots have already; `more` is how much is to be given on top of it. */
  constructor(slots: readonly Slot[], held: ReadonlyMap<string, number>, more: number) {
    let total = more;
    let capacities = 0;
    for (const { id, capacity } of slots) {
      total += held.get(id) ?? 0;
      capacities += capacity;
    }
    this.#extras = total;
    for (const { id, capacity } of slots) {
      const floor = Math.floor((total * capacity) / capacities);
      const count = held.get(id) ?? 0;
      this.#loads.set(id, { capacity, floor, count });
      this.#extras -= floor + Math.max(0, count - floor);
    }
  }

  /** Whether the slot may get one more. */
  hasRoom(id: string): boolean {
    const { count, floor } = this.#load(id);
    return count < floor || (count === floor && this.#extras > 0);
  }

  add(id: string): void {
    const load = this.#load(id);
    if (load.count >= load.floor) this.#extras -= 1;
    load.count += 1;
  }

  remove(id: string): void {
    const load = this.#load(id);
    load.count -= 1;
    if (load.count >= load.floor) this.#extras += 1;
  }

  /** What the slot has for each thread. */
  ratio(id: string): number {
    const { count, capacity } = this.#load(id);
    return count / capacity;
  }

  /** What the slot would have for each thread with one more. */
  ratioWithOneMore(id: string): number {
    const { count, capacity } = this.#load(id);
    return (count + 1) / capacity;
  }

  #load(id: string): Load {
    return this.#loads.get(id) as Load;
  }
}
