import { type MysqlOptionInput, mysqlOptions } from '../../config/mysql-options.ts';
import { parseOptions, unknownName } from '../../config/options.ts';
import { MillraceError } from '../../core/millrace-error.ts';
import { tableName } from '../../mysql/schema/column-schema.ts';
import type { MySqlSourceOptions } from '../../mysql/source/mysql-source.ts';
import type { CapturedTable, Topology } from '../../topology/topology.ts';

/** What a source has to capture, and from where. */
export type SourcePlan = Pick<
  MySqlSourceOptions,
  | 'url'
  | 'tables'
  | 'topicPrefix'
  | 'bigint'
  | 'serverId'
  | 'resnapshot'
  | 'snapshotMode'
  | 'snapshotThreads'
  | 'snapshotChunkRows'
  | 'snapshotLocking'
  | 'schemaChanges'
  | 'quarantineTopic'
> & { readonly rowEncoding: 'json' | 'avro' };

const ALL = 'all';

/** What a plan is made from. */
export interface SourcePlanOptions {
  readonly topologies: readonly Topology[];
  readonly mysql?: MysqlOptionInput;
  /** `database.table` of those to take a new snapshot of; `all` is every one. */
  readonly resnapshot?: readonly string[];
}

/**
 * What the source of these topologies is to capture; null when they read no MySQL table. Throws CONFIG_INVALID without a URL,
 * for tables that one source cannot capture together, and for a table to snapshot anew that is none of them.
 */
export function sourcePlan({ topologies, mysql = {}, resnapshot = [] }: SourcePlanOptions): SourcePlan | null {
  const tables = capturedTables(topologies);
  const snapshotAnew = resnapshot.flatMap((name) => (name === ALL ? tables : [mustBeCaptured(name, tables)]));
  const [first] = tables;
  if (first === undefined) return null;
  if (mysql.mysqlUrl === undefined) {
    throw new MillraceError(
      'CONFIG_INVALID',
      `Expected \`mysqlUrl\`, since table ${tableName(first)} is to be read, got none: give --mysql mysql://user@host or set MILLRACE_MYSQL_URL`,
    );
  }
  const {
    mysqlUrl: url,
    serverId,
    topicPrefix: _prefix,
    bigint: _bigint,
    ...snapshots
  } = parseOptions(mysqlOptions, mysql);
  const { topicPrefix, bigint } = first;
  for (const table of tables) mustAgree(first, table);
  const plan = { url, topicPrefix, bigint, tables, resnapshot: snapshotAnew, ...snapshots };
  return serverId === null ? plan : { ...plan, serverId };
}

/** What is read as a table comes first: the rows of a stream, which may be joined with it, are then later in its snapshot. */
function capturedTables(topologies: readonly Topology[]): readonly CapturedTable[] {
  const inputs = topologies.flatMap((topology) => topology.mysqlTables);
  const tablesFirst = [...inputs.filter(({ isTable }) => isTable), ...inputs.filter(({ isTable }) => !isTable)];
  return [...new Map(tablesFirst.map((table) => [table.topic, table])).values()];
}

function mustBeCaptured(name: string, tables: readonly CapturedTable[]): CapturedTable {
  const found = tables.find((table) => tableName(table) === name);
  if (found !== undefined) return found;
  if (tables.length > 0) throw unknownName('existing table of the topologies', name, tables.map(tableName));
  throw new MillraceError('CONFIG_INVALID', `Expected no table to snapshot, since none is read, got \`${name}\``);
}

function mustAgree(first: CapturedTable, table: CapturedTable): void {
  if (table.topicPrefix === first.topicPrefix && table.bigint === first.bigint) return;
  throw new MillraceError(
    'CONFIG_INVALID',
    `Expected all MySQL tables of one process to have the same topicPrefix and bigint, got others for ${tableName(table)} than for ${tableName(first)}: make their descriptors with the same options of "millrace mysql pull"`,
  );
}
