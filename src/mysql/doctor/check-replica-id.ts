import type { MysqlConnection } from '../connection/mysql-connection.ts';
import { isMillraceErrorOf } from '../connection/mysql-error.ts';
import type { CheckResult } from './server-checks.ts';
import type { ServerFacts } from './server-facts.ts';

/**
 * Checks that the id a source is to have as a replica (`serverId`) is not that of the server, nor of a replica that is
 * connected: two with one id throw each other out. Nothing to check where the source takes a free one by itself (null).
 */
export async function checkReplicaId(
  connection: MysqlConnection,
  facts: ServerFacts,
  serverId: number | null,
): Promise<readonly CheckResult[]> {
  if (serverId === null) return [];
  const owner =
    facts.variables.get('server_id') === String(serverId) ? 'the server' : await ownerOf(connection, serverId);
  return [
    {
      name: 'serverId',
      status: owner === null ? 'ok' : 'error',
      found: owner === null ? `${serverId}, free` : `${serverId}, the id of ${owner}`,
      expected: 'an id that nobody has, or the option left out: then a source takes a free one',
      fix: [],
      code: 'MYSQL_SERVER_ID_TAKEN',
    },
  ];
}

async function ownerOf(connection: MysqlConnection, serverId: number): Promise<string | null> {
  const replicas = await replicasOf(connection);
  return replicas.some(([id]) => id === String(serverId)) ? 'a replica, or of the source that runs already' : null;
}

/** None where the user may not ask: that is an error of its own. */
async function replicasOf(connection: MysqlConnection): Promise<readonly (readonly (string | null)[])[]> {
  for (const statement of ['SHOW REPLICAS', 'SHOW SLAVE HOSTS']) {
    try {
      return await connection.query(statement);
    } catch (error) {
      if (!isMillraceErrorOf(error, 'MYSQL_GRANT_MISSING', 'MYSQL_QUERY_FAILED')) throw error;
    }
  }
  return [];
}
