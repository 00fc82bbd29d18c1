import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where Millrace's own code is: its sources, or what was built of them. */
const OWN_CODE = fileURLToPath(new URL('../', import.meta.url));
/** A line of a stack: modules are told by URLs, CommonJS files by paths. */
const STACK_LINE = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\)[^\n(]*?):(\d+):\d+\)?$/gm;

/**
 * The line of the user's code that an error comes from, `topologies/orders.ts:7`, relative to the current directory: the
 * innermost in its stack that is neither Node's, nor Millrace's, nor of a package. Null where there is none.
 */
export function userCodePlace(error: unknown): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, file = '', line = ''] of stack.matchAll(STACK_LINE)) {
    const path = file.startsWith('file://') ? fileURLToPath(file) : file;
    if (path.startsWith(OWN_CODE) || /[/\\]node_modules[/\\]/.test(path)) continue;
    return `${relative(process.cwd(), path)}:${line}`;
  }
  return null;
}
