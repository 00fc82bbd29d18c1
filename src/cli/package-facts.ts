import { readFileSync } from 'node:fs';

/** What the package says of itself. */
export interface PackageFacts {
  readonly version: string;
  /** The oldest Node.js that runs it: `22.22.0`. */
  readonly oldestNode: string;
}

/** Reads the package's own `package.json`, which is two levels above both the sources and the build. */
export function readPackageFacts(): PackageFacts {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version, engines } = JSON.parse(text) as { version: string; engines: { node: string } };
  return { version, oldestNode: engines.node.replace('>=', '') };
}
