import { MillraceError } from '../../core/millrace-error.ts';
import type { ByteCursor } from './byte-cursor.ts';

/** An XA_PREPARE event. */
export interface XaPrepare {
  /** It is committed at once. */
  readonly isOnePhase: boolean;
  readonly formatId: number;
  readonly globalId: Buffer;
  readonly branchId: Buffer;
}

/** Bytes of each part of an XA id at most. */
const MAX_ID_BYTES = 64;

/** Source: `XA_prepare_event` in `control_events.h`. */
export function readXaPrepare(cursor: ByteCursor): XaPrepare {
  const isOnePhase = cursor.uint8() !== 0;
  const formatId = cursor.bytes.readInt32LE(cursor.at);
  cursor.take(4);
  const globalBytes = cursor.uint32();
  const branchBytes = cursor.uint32();
  if (globalBytes > MAX_ID_BYTES || branchBytes > MAX_ID_BYTES) {
    throw new MillraceError(
      'MYSQL_EVENT_UNREADABLE',
      `Expected the parts of an XA id to have at most ${MAX_ID_BYTES} bytes`,
    );
  }
  return { isOnePhase, formatId, globalId: cursor.take(globalBytes), branchId: cursor.take(branchBytes) };
}

/** The id as the server writes it into XA COMMIT: `x'..',x'..',1`. */
export function xidText({ globalId, branchId, formatId }: XaPrepare): string {
  return `x'${globalId.toString('hex')}',x'${branchId.toString('hex')}',${formatId}`;
}

/** An id out of a statement of the binlog, so that the same id is the same text. */
export function normalizeXid(text: string): string {
  return text.toLowerCase().replaceAll(/\s/g, '');
}
