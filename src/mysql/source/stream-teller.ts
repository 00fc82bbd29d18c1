import type { StreamRecords, ExecutedStatement } from '../format/record-format.ts';
import type { RecordSink } from '../format/record-sink.ts';
import type { SourceTransaction } from '../format/source-transaction.ts';
import type { RecordBuffer } from './record-buffer.ts';

/** Drops what it gets. */
export const DROP: RecordSink = { add: () => undefined, addBytes: () => undefined };

/** Writes records about the stream itself where the format has any: where transactions begin and end, statements, heartbeats. */
export class StreamTeller {
  readonly #stream: StreamRecords | null;
  readonly #sinkOf: (topic: string) => RecordSink;
  /** The transaction whose beginning was told last: one without rows is told when it ends, and a statement not at all. */
  #begun: SourceTransaction | undefined;
  #lastBeatMs = 0;

  /** `stream`: the records of the format; null where it has none. */
  constructor(stream: StreamRecords | null, buffer: RecordBuffer) {
    this.#stream = stream;
    this.#sinkOf = (topic) => buffer.sink(topic, 1);
  }

  /** How long may be waited for the binlog so that no heartbeat is late, in milliseconds. */
  waitMs(longestMs: number): number {
    const heartbeatMs = this.#stream?.heartbeatMs ?? 0;
    return heartbeatMs === 0 ? longestMs : Math.min(longestMs, heartbeatMs);
  }

  /** A heartbeat says that the source runs, whether anything happens or not. */
  beat(nowMs: number): void {
    const stream = this.#stream;
    if (stream === null || stream.heartbeatMs === 0 || nowMs - this.#lastBeatMs < stream.heartbeatMs) return;
    this.#lastBeatMs = nowMs;
    stream.addHeartbeat(nowMs, this.#sinkOf);
  }

  /** Before the first event of a transaction; `isWritten`: it was told before a restart. */
  begin(transaction: SourceTransaction, isWritten: boolean): void {
    if (this.#stream === null || this.#begun === transaction) return;
    this.#begun = transaction;
    this.#stream.addBegin(transaction, isWritten ? () => DROP : this.#sinkOf);
  }

  /** Behind the last event of a transaction. */
  end(transaction: SourceTransaction, isWritten: boolean): void {
    if (this.#stream === null) return;
    this.begin(transaction, isWritten);
    this.#stream.addEnd(transaction, this.#sinkOf);
  }

  async addStatement(executed: ExecutedStatement): Promise<void> {
    await this.#stream?.addStatement(executed, this.#sinkOf);
  }
}
