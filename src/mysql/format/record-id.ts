/** The header that has the id of a record. */
export const RECORD_ID_HEADER = 'id';

/**
 * The id of a record, the same whenever and from whichever server the row is read: `gtid#row`, the row counted within its
 * table and transaction from 0. No other record of its topic has it. Where one row makes several records, all but the last
 * have a suffix: `d` the removal under the old key, `t` its tombstone. Rows of a snapshot have the GTID set that they
 * contain and the suffix `r`.
 */
export function recordId(gtid: string, row: number, part: string): Buffer {
  return Buffer.from(`${gtid}#${row}${part}`, 'latin1');
}
