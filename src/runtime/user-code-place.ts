import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where Millrace's own code is: its sources, or what was built of them. */
const OWN_CODE = new URL('../', import.meta.url).href;

/**
 * The line of the user's code that an error comes from, `topologies/orders.ts:7`, relative to the current directory: the
 * innermost in its stack that is neither Node's, nor Millrace's, nor of a package. Null where there is none.
 */
export function userCodePlace(error: unknown): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, url = '', line = ''] of stack.matchAll(/\(?(file:\/\/[^\n]*?):(\d+):\d+\)?$/gm)) {
    if (url.startsWith(OWN_CODE) || url.includes('/node_modules/')) continue;
    return `${relative(process.cwd(), fileURLToPath(url))}:${line}`;
  }
  return null;
}
