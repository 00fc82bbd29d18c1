import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Broker } from '../../src/broker/port.ts';
import { MillraceError } from '../../src/core/millrace-error.ts';
import { GtidSet } from '../../src/mysql/binlog/gtid-set.ts';
import { decodeOffset } from '../../src/mysql/source/source-offset.ts';
import { readLastOffset } from '../../src/mysql/source/source-topics.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { recordsBehind } from './records-behind.ts';

const LOOK_MS = 300;

/** What is to come to rest. */
export interface DrainOptions {
  readonly broker: Broker;
  readonly connection: Connection;
  readonly topicPrefix: string;
  readonly topologies: readonly Topology[];
  /** How long nothing may have moved. */
  readonly stuckMs: number;
}

/**
 * Resolves when all that MySQL has executed is in the topics, and the groups have committed all that is in their inputs.
 * Throws with what is still behind when nothing has moved for `stuckMs`.
 */
export async function untilDrained(options: DrainOptions): Promise<void> {
  let movedAtMs = performance.now();
  let restfulLooks = 0;
  let behind = 'nobody has looked';
  // A record between two sub-topologies may be in neither lag for a moment.
  while (restfulLooks < 3) {
    if (performance.now() - movedAtMs > options.stuckMs)
      throw new MillraceError('INTERNAL', `Expected everything to come to rest, got no progress any more: ${behind}`);
    const found = await findBehind(options).catch((error: unknown) => String(error));
    restfulLooks = found === null ? restfulLooks + 1 : 0;
    if (found !== behind) movedAtMs = performance.now();
    behind = found ?? behind;
    await delay(LOOK_MS);
  }
}

async function findBehind(options: DrainOptions): Promise<string | null> {
  const { broker, connection, topicPrefix, topologies } = options;
  const [rows] = await connection.query<RowDataPacket[]>('SELECT @@GLOBAL.gtid_executed AS executed');
  const executed = GtidSet.parse(String(rows[0]?.['executed']));
  const last = await readLastOffset(broker, topicPrefix);
  if (last === null || !decodeOffset(last).done.contains(executed)) return 'the MySQL source';
  for (const topology of topologies) {
    const records = await recordsBehind(broker, topology);
    if (records > 0) return `${topology.name} by ${records} records`;
  }
  return null;
}
