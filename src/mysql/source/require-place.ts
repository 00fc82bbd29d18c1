import { MillraceError } from '../../core/millrace-error.ts';
import type { BinlogPlace } from '../binlog/binlog-reader.ts';
import { firstGap, parseBinlogFile, placeText } from '../binlog/place-set.ts';
import type { MysqlConnection } from '../connection/mysql-connection.ts';
import type { SourceOffset } from './source-offset.ts';

/**
 * Throws when a source that knows by places of the binlog where it is cannot go on there: MYSQL_HISTORY_DIVERGED on another
 * server, or when the binlog was begun anew, MYSQL_BINLOG_PURGED when the file is gone.
 */
export async function requirePlace(
  connection: MysqlConnection,
  offset: SourceOffset,
  serverUuid: string,
): Promise<void> {
  if (offset.binlogName === null) return;
  if (offset.serverUuid !== serverUuid) {
    throw new MillraceError(
      'MYSQL_HISTORY_DIVERGED',
      `Expected the server ${offset.serverUuid}, whose binlog positions the source has, got ${serverUuid}: without GTIDs a source cannot change servers`,
    );
  }
  const place = firstGap(offset.done, offset.binlogName);
  const files = (await connection.query('SHOW BINARY LOGS')).map(([file, size]) => ({
    file: file as string,
    size: Number(size),
  }));
  const [first] = files;
  const last = files.at(-1);
  const found = files.find(({ file }) => file === place.file);
  if (found !== undefined && found.size >= place.position) return;
  if (first !== undefined && isBefore(place, first.file)) {
    throw new MillraceError(
      'MYSQL_BINLOG_PURGED',
      `Expected the binlog to go back to ${placeText(place)}, got it from ${first.file} on`,
    );
  }
  const end = last === undefined ? 'none' : placeText({ file: last.file, position: last.size });
  throw new MillraceError(
    'MYSQL_HISTORY_DIVERGED',
    `Expected the binlog to reach ${placeText(place)}, got its end at ${end}: it was begun anew`,
  );
}

function isBefore(place: BinlogPlace, first: string): boolean {
  const [own, other] = [parseBinlogFile(place.file), parseBinlogFile(first)];
  return own.name === other.name && own.number < other.number;
}
