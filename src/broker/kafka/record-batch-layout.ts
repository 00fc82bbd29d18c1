/**
 * Where the fields of a record batch of version 2 are (https://kafka.apache.org/documentation/#recordbatch). The length
 * counts from after itself, the checksum (CRC-32C) covers everything from the attributes on, and the records, which may be
 * compressed together, follow the header.
 */
export const BATCH = Object.freeze({
  baseOffset: 0,
  length: 8,
  afterLength: 12,
  leaderEpoch: 12,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
  records: 61,
});

/** Bits of the attributes of a batch. */
export const ATTRIBUTE = Object.freeze({
  compression: 0b111,
  logAppendTime: 0b1000,
  transactional: 0b1_0000,
  control: 0b10_0000,
});
