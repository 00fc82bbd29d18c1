import { compressionsAlgorithms, compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import { MillraceError } from '../../core/millrace-error.ts';

/** How the records of a batch may be compressed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** The number that a batch has for its compression. */
export function compressionNumber(compression: Compression): number {
  return compressionsAlgorithms[compression].bitmask;
}

/** The records of a batch, compressed. */
export function compress(compression: Compression, records: Buffer): Buffer {
  return compressionsAlgorithms[compression].compressSync(records);
}

/** The records of a batch whose compression has that number, as they were. Throws RECORD_INVALID. */
export function decompress(compression: number, records: Buffer): Buffer {
  const algorithm = compressionsAlgorithmsByBitmask[compression];
  if (algorithm === undefined)
    throw new MillraceError('RECORD_INVALID', `Expected a compression that Kafka has, got number ${compression}`);
  try {
    return algorithm.decompressSync(records);
  } catch (cause) {
    throw new MillraceError('RECORD_INVALID', `Expected records that can be decompressed, got ${String(cause)}`, {
      cause,
    });
  }
}
