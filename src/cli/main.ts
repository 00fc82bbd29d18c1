#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';
import { cacheDirectory } from './host/cache-directory.ts';
import { exitCodeOf } from './exit-code.ts';
import { readPackageFacts } from './package-facts.ts';
import { formatError, type PrintErrorOptions, toMillraceError } from './print-error.ts';
import { requireNode } from './require-node.ts';

const argv = process.argv.slice(2);
try {
  requireNode(process.versions.node, readPackageFacts().oldestNode);
} catch (error) {
  endWith(error, { logFormat: 'text', withStack: false });
}
// Halves the time to start, from the second time on. Where Node would keep it by default, in /tmp, everybody may write.
module.enableCompileCache(process.env['NODE_COMPILE_CACHE'] ?? join(cacheDirectory(), 'compile-cache'));
// An older Node.js may not even be able to load these.
const { runCommandLine } = await import('./command-line.ts');
const { guessPrinting } = await import('./commands/guess-printing.ts');
process.on('uncaughtException', (error) => endWith(error, guessPrinting(argv, process.env)));
process.stdout.on('error', endQuietlyOnClosedPipe);
process.exitCode = await runCommandLine(argv, process.env);

/** Ends the program at once by an error that no command has to answer for. */
function endWith(thrown: unknown, printing: PrintErrorOptions): never {
  const error = toMillraceError(thrown);
  process.stderr.write(formatError(error, printing));
  process.exit(exitCodeOf(error));
}

/** `millrace describe ... | head` has read enough. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}
