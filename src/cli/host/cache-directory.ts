import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the user keeps what can be fetched or made again, for every clone: `$XDG_CACHE_HOME/millrace`, or `~/.cache/millrace`. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'millrace');
}
