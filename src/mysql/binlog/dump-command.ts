import type { BinlogPlace } from './binlog-reader.ts';
import { GtidSet } from './gtid-set.ts';

/** How a replica calls itself. */
export interface ReplicaIdentity {
  readonly serverId: number;
  readonly uuid: string;
}

const COM_BINLOG_DUMP = 0x12;
const COM_REGISTER_REPLICA = 0x15;
const COM_BINLOG_DUMP_GTID = 0x1e;
/** Heartbeats may have positions of 64 bits (since 8.0.26; earlier servers do not look at it). */
const HEARTBEATS_V2 = 0x02;
const FIRST_POSITION = 4;
const LARGEST_POSITION = 2 ** 32 - 1;

/** Tells the server of the replica, so that SHOW REPLICAS lists it. Source: `register_replica` of the server. */
export function registerCommand({ serverId }: ReplicaIdentity): Buffer {
  const command = Buffer.alloc(1 + 4 + 3 + 2 + 4 + 4);
  command.writeUInt8(COM_REGISTER_REPLICA, 0);
  command.writeUInt32LE(serverId, 1);
  // Host, user, password, port, rank and source are empty.
  return command;
}

/** Asks for everything behind the transactions of a GTID set, or from a place on. Source: `com_binlog_dump_gtid` and its kin. */
export function dumpCommand({ serverId }: ReplicaIdentity, from: string | BinlogPlace): Buffer {
  return typeof from === 'string' ? dumpBehindGtids(serverId, from) : dumpFromPlace(serverId, from);
}

function dumpBehindGtids(serverId: number, gtidSet: string): Buffer {
  const data = GtidSet.parse(gtidSet).encode();
  const command = Buffer.alloc(1 + 2 + 4 + 4 + 8 + 4);
  command.writeUInt8(COM_BINLOG_DUMP_GTID, 0);
  command.writeUInt16LE(HEARTBEATS_V2, 1);
  command.writeUInt32LE(serverId, 3);
  // No file: the server finds the one that the first transaction is in.
  command.writeUInt32LE(FIRST_POSITION, 11);
  command.writeUInt32LE(data.length, 19);
  return Buffer.concat([command, data]);
}

/** The command has 32 bits for the position; beyond them a transaction is found by reading from the start of its file. */
function dumpFromPlace(serverId: number, { file, position }: BinlogPlace): Buffer {
  const command = Buffer.alloc(1 + 4 + 2 + 4);
  command.writeUInt8(COM_BINLOG_DUMP, 0);
  command.writeUInt32LE(position > LARGEST_POSITION ? FIRST_POSITION : position, 1);
  command.writeUInt16LE(HEARTBEATS_V2, 5);
  command.writeUInt32LE(serverId, 7);
  return Buffer.concat([command, Buffer.from(file)]);
}
