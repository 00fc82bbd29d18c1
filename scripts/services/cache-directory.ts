import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what was fetched once is kept for every clone: `$XDG_CACHE_HOME/millrace`, or `~/.cache/millrace`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace');
}
