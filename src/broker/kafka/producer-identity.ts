/** Who produces. A new transaction, or a new start, may change it; never while something is on its way. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly producerEpoch: number;
}
