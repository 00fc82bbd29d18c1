import { MillraceError } from '../../core/millrace-error.ts';
import { GtidSet } from '../binlog/gtid-set.ts';
import { checkServer } from './server-checks.ts';
import type { ServerFacts } from './server-facts.ts';

/** Throws the first error that the checks find, with the statements that mend it in the message. */
export function requireServer(facts: ServerFacts): void {
  const failed = checkServer(facts).find((result) => result.status === 'error');
  if (failed === undefined) return;
  const fix = failed.fix.length === 0 ? '' : `: ${failed.fix.join('; ')}`;
  throw new MillraceError(
    failed.code,
    `Expected \`${failed.name}\` to be ${failed.expected}, got ${failed.found}${fix}`,
    {
      context: { setting: failed.name },
    },
  );
}

/**
 * Throws MYSQL_BINLOG_PURGED when the server no longer has transactions that are not in `done`, and MYSQL_HISTORY_DIVERGED
 * when `done` has transactions that the server has never seen.
 */
export function requireHistory(facts: ServerFacts, done: GtidSet): void {
  const missing = GtidSet.parse(facts.variables.get('gtid_purged') ?? '').subtract(done);
  if (!missing.isEmpty) {
    throw new MillraceError('MYSQL_BINLOG_PURGED', `Expected the binlog to have ${missing.toString()}, got it purged`);
  }
  const foreign = done.subtract(GtidSet.parse(facts.variables.get('gtid_executed') ?? ''));
  if (!foreign.isEmpty) {
    throw new MillraceError(
      'MYSQL_HISTORY_DIVERGED',
      `Expected the server to have executed ${foreign.toString()}, got a server without`,
    );
  }
}
