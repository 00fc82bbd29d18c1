import type { ErrorCode } from '../../core/error-catalogue/index.ts';
import type { ServerFacts } from './server-facts.ts';

/** What one check found. */
export interface CheckResult {
  /** What is checked: a variable, or a privilege. */
  readonly name: string;
  /** `error`: no source can run. `warning`: it can, with a risk. */
  readonly status: 'ok' | 'warning' | 'error';
  /** What the server has. */
  readonly found: string;
  /** What it should have, and why. */
  readonly expected: string;
  /** Statements that bring it about, in order; empty when it is well, or when only the server's start options can. */
  readonly fix: readonly string[];
  /** The code that a source fails with when it is an error. */
  readonly code: ErrorCode;
}

type Check = (facts: ServerFacts) => CheckResult;

/** Checks all that a source needs of a server, in the order in which one would mend it. */
export function checkServer(facts: ServerFacts): readonly CheckResult[] {
  return CHECKS.map((check) => check(facts));
}

const GTID_STATEMENTS = [
  'SET PERSIST enforce_gtid_consistency = ON',
  'SET PERSIST gtid_mode = OFF_PERMISSIVE',
  'SET PERSIST gtid_mode = ON_PERMISSIVE',
  'SET PERSIST gtid_mode = ON',
];

const ONE_DAY_SECONDS = 86_400;
const SAFE_PACKET_BYTES = 16 << 20;
/** What MySQL 8.0 and newer have by themselves. */
const DEFAULT_PACKET_BYTES = 64 << 20;

const CHECKS: readonly Check[] = [
  checkVersion,
  variable({
    name: 'log_bin',
    expected: 'ON',
    why: 'without a binlog there is nothing to read: start mysqld with --log-bin',
    fix: [],
  }),
  variable({ name: 'binlog_format', expected: 'ROW', why: 'statements do not say which rows they changed' }),
  variable({ name: 'binlog_row_image', expected: 'FULL', why: 'rows must have all their columns' }),
  variable({
    name: 'binlog_row_metadata',
    expected: 'FULL',
    why: 'each change then describes its own table; else definitions are asked of the server',
    isNeeded: false,
  }),
  variable({
    name: 'gtid_mode',
    expected: 'ON',
    why: 'a source then knows where it is on every server of the same history, and snapshots need no locks',
    fix: GTID_STATEMENTS,
    isNeeded: false,
  }),
  variable({
    name: 'enforce_gtid_consistency',
    expected: 'ON',
    why: 'every transaction can then have a GTID',
    isNeeded: false,
  }),
  checkServerId,
  grant({ privilege: 'REPLICATION SLAVE', isNeeded: true, why: 'a source reads the binlog as a replica' }),
  grant({
    privilege: 'REPLICATION CLIENT',
    isNeeded: false,
    why: 'without, nobody can tell how many bytes a source is behind, and servers without GTIDs cannot be captured',
  }),
  grant({
    privilege: 'LOCK TABLES',
    isNeeded: false,
    why: 'the snapshot locks its tables for some milliseconds; without, changes of that moment may come twice',
  }),
  checkPacketSize,
  checkExpiry,
  checkCommitOrder,
  checkReplica,
];

/** A variable that the server does not know: its version behaves as expected, and has no choice. */
function variable(rule: {
  name: string;
  expected: string;
  why: string;
  fix?: readonly string[];
  /** Whether no source can do without. */
  isNeeded?: boolean;
}): Check {
  return ({ variables }) => {
    const found = variables.get(rule.name) ?? rule.expected;
    const isWell = found.toUpperCase() === rule.expected;
    return {
      name: rule.name,
      status: isWell ? 'ok' : rule.isNeeded === false ? 'warning' : 'error',
      found,
      expected: `${rule.expected === '' ? "''" : rule.expected}: ${rule.why}`,
      fix: isWell ? [] : (rule.fix ?? [`SET PERSIST ${rule.name} = ${rule.expected}`]),
      code: 'MYSQL_SETTING_UNSUPPORTED',
    };
  };
}

function checkVersion({ version }: ServerFacts): CheckResult {
  const major = Number.parseInt(version, 10);
  const isWell = major >= 8 && !/mariadb/i.test(version);
  return {
    name: 'version',
    status: isWell ? 'ok' : 'error',
    found: version,
    expected: 'MySQL 8.0 or newer: older ones, and MariaDB, do not describe tables in their binlog',
    fix: [],
    code: 'MYSQL_SETTING_UNSUPPORTED',
  };
}

/** A privilege on everything. */
function grant(rule: { privilege: string; why: string; isNeeded: boolean }): Check {
  return (facts) => {
    const has = hasGrant(facts, rule.privilege);
    return {
      name: rule.privilege,
      status: has ? 'ok' : rule.isNeeded ? 'error' : 'warning',
      found: has ? 'granted' : 'missing',
      expected: `granted: ${rule.why}`,
      fix: has ? [] : [`GRANT ${rule.privilege} ON *.* TO ${facts.account}`],
      code: 'MYSQL_GRANT_MISSING',
    };
  };
}

function hasGrant({ grants }: ServerFacts, privilege: string): boolean {
  return grants.some((grant) => {
    const privileges = /^GRANT (.*?) ON /s.exec(grant)?.[1] ?? '';
    return privileges.startsWith('ALL PRIVILEGES') || privileges.split(', ').includes(privilege);
  });
}

function checkExpiry({ variables }: ServerFacts): CheckResult {
  const seconds = Number(variables.get('binlog_expire_logs_seconds') ?? 0);
  const isKept = seconds === 0 || variables.get('binlog_expire_logs_auto_purge') === 'OFF';
  const isWell = isKept || seconds >= ONE_DAY_SECONDS;
  return {
    name: 'binlog_expire_logs_seconds',
    status: isWell ? 'ok' : 'warning',
    found: String(seconds),
    expected: `0, or ${ONE_DAY_SECONDS} and more: a source that is stopped for longer must take a new snapshot`,
    fix: isWell ? [] : [`SET PERSIST binlog_expire_logs_seconds = ${7 * ONE_DAY_SECONDS}`],
    code: 'MYSQL_SETTING_UNSUPPORTED',
  };
}

/** A server without an id serves no replicas (MySQL 9.7 manual, 19.1.6.1). */
function checkServerId({ variables }: ServerFacts): CheckResult {
  const found = variables.get('server_id') ?? '1';
  const isWell = found !== '0';
  return {
    name: 'server_id',
    status: isWell ? 'ok' : 'error',
    found,
    expected: 'a number that no other server has: with 0 it serves no replicas',
    fix: isWell ? [] : ['SET PERSIST server_id = 1'],
    code: 'MYSQL_SETTING_UNSUPPORTED',
  };
}

/** The binlog is sent in packets of any size; a row of a snapshot must fit into one. */
function checkPacketSize({ variables }: ServerFacts): CheckResult {
  const bytes = Number(variables.get('max_allowed_packet') ?? DEFAULT_PACKET_BYTES);
  const isWell = bytes >= SAFE_PACKET_BYTES;
  return {
    name: 'max_allowed_packet',
    status: isWell ? 'ok' : 'warning',
    found: String(bytes),
    expected: `${SAFE_PACKET_BYTES} and more: snapshots cannot read a row that is larger`,
    fix: isWell ? [] : [`SET PERSIST max_allowed_packet = ${DEFAULT_PACKET_BYTES}`],
    code: 'MYSQL_SETTING_UNSUPPORTED',
  };
}

function checkCommitOrder({ variables }: ServerFacts): CheckResult {
  const found = variables.get('binlog_order_commits') ?? 'ON';
  return {
    name: 'binlog_order_commits',
    status: found === 'ON' ? 'ok' : 'warning',
    found,
    expected: 'ON: transactions become visible in the order of the binlog',
    fix: found === 'ON' ? [] : ['SET PERSIST binlog_order_commits = ON'],
    code: 'MYSQL_SETTING_UNSUPPORTED',
  };
}

/** A replica must pass on what it replicates, in the order in which it happened. */
function checkReplica({ variables, isReplica }: ServerFacts): CheckResult {
  const logs = variables.get('log_replica_updates') ?? variables.get('log_slave_updates') ?? 'ON';
  const order = variables.get('replica_preserve_commit_order') ?? variables.get('slave_preserve_commit_order') ?? 'ON';
  const isWell = isReplica !== true || (logs === 'ON' && order === 'ON');
  return {
    name: 'replica',
    status: isWell ? 'ok' : 'error',
    found: isReplica === true ? `log_replica_updates ${logs}, replica_preserve_commit_order ${order}` : 'not a replica',
    expected: 'log_replica_updates (a start option) and replica_preserve_commit_order ON where the server is a replica',
    fix: isWell || order === 'ON' ? [] : ['SET PERSIST replica_preserve_commit_order = ON'],
    code: 'MYSQL_SETTING_UNSUPPORTED',
  };
}
