import { GtidHistory } from './gtid-history.ts';
import { PlaceHistory } from './place-history.ts';
import type { SourceOffset } from './source-offset.ts';
import type { TransactionHistory } from './transaction-history.ts';

/** The history that goes on from an offset, which it changes as transactions end. */
export function openHistory(offset: SourceOffset): TransactionHistory {
  return offset.binlogName === null ? new GtidHistory(offset) : new PlaceHistory(offset, offset.binlogName);
}
