import type { Clock } from '../../core/clock.ts';
import type { RecordQueue } from './record-queue.ts';

/**
 * The queues of a task: gives them out by the timestamp of their heads, lowest first.
 *
 * The order of equal timestamps is that of Kafka Streams, which keeps the non-empty queues in a `java.util.PriorityQueue`:
 * a binary heap whose sift steps stop at equality, a queue being taken out and put back for each record.
 */
export class RecordGroup {
  readonly queues: readonly RecordQueue[];
  readonly #heap: RecordQueue[] = [];
  /** The queues that are not read yet, each with those it waits for. */
  readonly #held = new Map<RecordQueue, readonly RecordQueue[]>();
  readonly #maxTaskIdleMs: number;
  readonly #clock: Clock;

  /** `maxTaskIdleMs` as in `RuntimeConfig`. */
  constructor(queues: readonly RecordQueue[], maxTaskIdleMs: number, clock: Clock) {
    this.queues = queues;
    this.#maxTaskIdleMs = maxTaskIdleMs;
    this.#clock = clock;
  }

  /** Whether there are queues that wait for others. */
  get holding(): boolean {
    return this.#held.size > 0;
  }

  /** Has the queue of a topic wait until those of other topics are bootstrapped. Only while it is empty. */
  hold(topic: string, tables: readonly string[]): void {
    const queue = this.queues.find((each) => each.topic === topic) as RecordQueue;
    this.#held.set(
      queue,
      this.queues.filter((each) => tables.includes(each.topic)),
    );
  }

  /** Lets the queues go whose wait is over. */
  release(): void {
    for (const [queue, tables] of this.#held) {
      if (!tables.every((table) => table.bootstrapped)) continue;
      this.#held.delete(queue);
      if (queue.headConsumed !== null) this.entered(queue);
    }
  }

  /**
   * Whether the next record may be processed: there is one, and no empty partition that might still bring an earlier one
   * has to be waited for.
   */
  get ready(): boolean {
    if (this.#heap.length === this.queues.length) return true;
    if (this.#heap.length === 0) return false;
    return this.#maxTaskIdleMs < 0 || this.#emptyQueuesMayStay();
  }

  /** When `ready` may turn true without another record, in milliseconds since the epoch; null: only by a poll. */
  get idleDeadlineMs(): number | null {
    if (this.#heap.length === 0) return null;
    let deadlineMs = -1;
    for (const queue of this.queues) {
      if (queue.headConsumed !== null || this.#held.has(queue)) continue;
      if (!queue.caughtUp) return null;
      deadlineMs = Math.max(deadlineMs, queue.idleDeadlineMs);
    }
    return deadlineMs < 0 ? null : deadlineMs;
  }

  /** To be called when a queue that was empty got records. */
  entered(queue: RecordQueue): void {
    queue.idleDeadlineMs = -1;
    if (this.#held.has(queue)) return;
    this.#siftUp(this.#heap.length, queue);
  }

  /** Takes out the queue whose head comes next. Only when `ready`. */
  next(): RecordQueue {
    const heap = this.#heap;
    const first = heap[0] as RecordQueue;
    const last = heap.pop() as RecordQueue;
    if (heap.length > 0) this.#siftDown(last);
    return first;
  }

  /** Puts a queue that was taken out back when it still has records. */
  putBack(queue: RecordQueue): void {
    if (queue.headConsumed !== null) this.#siftUp(this.#heap.length, queue);
  }

  #emptyQueuesMayStay(): boolean {
    for (const queue of this.queues) {
      if (queue.headConsumed !== null || this.#held.has(queue)) continue;
      if (!queue.caughtUp) return false;
      if (this.#maxTaskIdleMs > 0 && this.#waitsFor(queue)) return false;
    }
    return true;
  }

  #waitsFor(queue: RecordQueue): boolean {
    const nowMs = this.#clock.now();
    if (queue.idleDeadlineMs < 0) queue.idleDeadlineMs = nowMs + this.#maxTaskIdleMs;
    return nowMs < queue.idleDeadlineMs;
  }

  #siftUp(from: number, queue: RecordQueue): void {
    const heap = this.#heap;
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >>> 1;
      const parent = heap[parentIndex] as RecordQueue;
      if (queue.headTimestamp >= parent.headTimestamp) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = queue;
  }

  #siftDown(queue: RecordQueue): void {
    const heap = this.#heap;
    const half = heap.length >>> 1;
    let index = 0;
    while (index < half) {
      let childIndex = 2 * index + 1;
      const right = heap[childIndex + 1];
      if (right !== undefined && (heap[childIndex] as RecordQueue).headTimestamp > right.headTimestamp) childIndex++;
      const child = heap[childIndex] as RecordQueue;
      if (queue.headTimestamp <= child.headTimestamp) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = queue;
  }
}
