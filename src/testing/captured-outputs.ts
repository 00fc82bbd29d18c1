import type { ProducedRecord } from '../broker/port.ts';
import type { OutputProvider, RecordOutput } from '../runtime/tasks/record-collector.ts';

/** A record that a topology wrote, and where. */
export interface CapturedRecord {
  readonly topic: string;
  readonly record: ProducedRecord;
}

/** Takes the place of a producer: keeps what sinks write, in the order written over all topics. Every topic has one partition. */
export class CapturedOutputs implements OutputProvider {
  readonly #outputs = new Map<string, RecordOutput>();
  #captured: CapturedRecord[] = [];

  output(topic: string): RecordOutput {
    const known = this.#outputs.get(topic);
    if (known !== undefined) return known;
    const output: RecordOutput = {
      topic,
      partitions: 1,
      keylessPartition: 0,
      maxRecordBytes: Infinity,
      add: (_partition, record) => this.#captured.push({ topic, record }),
    };
    this.#outputs.set(topic, output);
    return output;
  }

  /** Takes out what was written since the last call. */
  drain(): readonly CapturedRecord[] {
    const captured = this.#captured;
    if (captured.length > 0) this.#captured = [];
    return captured;
  }
}
