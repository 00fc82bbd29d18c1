import { MillraceError } from '../../core/millrace-error.ts';
import type { BrokerProducer, ProducedBatch } from '../port.ts';
import type { EncodedBatch } from './batch-codec.ts';
import { type EmbeddedServices, encodeFor } from './embedded-services.ts';
import type { PartitionLog } from './partition-log.ts';

/** Appends to the logs of the embedded broker, each batch on its own. */
export class EmbeddedProducer implements BrokerProducer {
  readonly #services: EmbeddedServices;
  #closed = false;

  constructor(services: EmbeddedServices) {
    this.#services = services;
  }

  async send(batches: readonly ProducedBatch[]): Promise<readonly number[]> {
    const { registry, writer, turn } = this.#services;
    registry.expectOpen();
    if (this.#closed)
      throw new MillraceError('BROKER_CLOSED', 'Expected an open producer, got one that has been closed');
    // Everything that can be wrong with the records is found before the first byte is written.
    const appends = batches.map((batch): [PartitionLog, EncodedBatch] => {
      const log = registry.log(batch.topic, batch.partition);
      return [log, encodeFor(log, batch)];
    });
    const ends = appends.map(([log, batch]) =>
      batch.recordCount === 0 ? log.nextOffset : writer.append(log, [batch]),
    );
    await this.#services.acknowledge();
    if (turn.isOver) await turn.next();
    return ends;
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}
