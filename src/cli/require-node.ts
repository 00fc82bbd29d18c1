import { MillraceError } from '../core/millrace-error.ts';

/** Throws CLI_NODE_TOO_OLD when `version` is below `oldest`; both as `22.22.0`. */
export function requireNode(version: string, oldest: string): void {
  const [major = 0, minor = 0] = numbersOf(version);
  const [oldestMajor = 0, oldestMinor = 0] = numbersOf(oldest);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  throw new MillraceError('CLI_NODE_TOO_OLD', `Expected Node.js ${oldest} or newer, got ${version}`, {
    context: { program: process.execPath },
  });
}

function numbersOf(version: string): number[] {
  return version.split('.').map(Number);
}
