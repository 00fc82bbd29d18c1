import { MillraceError } from '../../core/millrace-error.ts';
import type { MysqlAddress } from '../connection/mysql-address.ts';
import { type DriverError, toMysqlError } from '../connection/mysql-error.ts';

const OK = 0x00;
const END = 0xfe;
const ERROR = 0xff;
/** `#` and five characters of the SQL state before the text of an error. */
const STATE_MARK = 0x23;
const STATE_LENGTH = 6;

/** What is behind the first byte of a packet, which says that all is well. Throws the server's error when it is not. */
export function readServerPacket(packet: Buffer, address: MysqlAddress): Buffer {
  const mark = packet[0];
  if (mark === OK) return packet.subarray(1);
  if (mark === ERROR) throw toMysqlError(readError(packet), address);
  if (mark === END) {
    throw new MillraceError('MYSQL_UNREACHABLE', 'Expected the binlog to go on, got the end of the stream');
  }
  throw new MillraceError(
    'MYSQL_EVENT_UNREADABLE',
    `Expected a packet with an event, got one that begins with ${mark}`,
  );
}

function readError(packet: Buffer): DriverError {
  const errno = packet.length >= 3 ? packet.readUInt16LE(1) : 0;
  const text = packet.subarray(packet[3] === STATE_MARK ? 3 + STATE_LENGTH : 3).toString('utf8');
  return { message: text, errno, sqlMessage: text };
}
