import { MillraceError } from '../../core/millrace-error.ts';
import { typeName } from '../../core/type-name.ts';

/** What is asked of a duration. */
export interface DurationRule {
  /** What has it: `tumbling windows`. */
  readonly of: string;
  readonly min: number;
  readonly max?: number;
}

/** Returns a duration in milliseconds, or throws TOPOLOGY_INVALID when it is not a whole number within its bounds. */
export function checkDuration(
  name: string,
  value: number,
  { of, min, max = Number.MAX_SAFE_INTEGER }: DurationRule,
): number {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `at least ${min}` : `from ${min} to ${max}`;
  const got = Number.isSafeInteger(value) ? String(value) : typeName(value);
  throw new MillraceError(
    'TOPOLOGY_INVALID',
    `Expected \`${name}\` of ${of} to be a whole number of milliseconds, ${bounds}, got ${got}`,
  );
}
