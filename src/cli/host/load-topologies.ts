import { stat } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MillraceError } from '../../core/millrace-error.ts';
import { typeName } from '../../core/type-name.ts';
import type { Topology } from '../../topology/topology.ts';
import { toMillraceError } from '../print-error.ts';

/**
 * The topologies that files export by default, one or an array of each, in the order given. Paths are relative to the
 * current directory; Node itself strips the types of TypeScript files.
 *
 * Throws CLI_TOPOLOGY_NOT_FOUND, CLI_TOPOLOGY_FAILED (syntax, imports, the file's own code), CLI_TOPOLOGY_EXPORT,
 * CLI_TOPOLOGY_TWICE (two of one name) and what building them throws, with the place in the file.
 */
export async function loadTopologies(files: readonly string[]): Promise<readonly Topology[]> {
  const fileOf = new Map<string, string>();
  const topologies: Topology[] = [];
  for (const file of files) {
    for (const topology of await loadFile(file)) {
      const other = fileOf.get(topology.name);
      if (other !== undefined) {
        throw new MillraceError(
          'CLI_TOPOLOGY_TWICE',
          `Expected each topology to have its own name, got "${topology.name}" in ${other} and in ${file}`,
        );
      }
      fileOf.set(topology.name, file);
      topologies.push(topology);
    }
  }
  return topologies;
}

async function loadFile(file: string): Promise<readonly Topology[]> {
  const path = resolve(file);
  await mustBeFile(file, path);
  const exported = await importDefault(file, path);
  const candidates: readonly unknown[] = Array.isArray(exported) ? exported : [exported];
  if (candidates.length > 0 && candidates.every(isTopology)) return candidates;
  const wrong = candidates.find((candidate) => !isTopology(candidate));
  const got = candidates.length === 0 ? 'an empty array' : exported === undefined ? 'none' : typeName(wrong);
  throw new MillraceError('CLI_TOPOLOGY_EXPORT', `Expected a topology as the default export, got ${got}`, {
    context: { file },
  });
}

async function mustBeFile(file: string, path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isFile() === true) return;
  const got = found === null ? 'no such file' : 'a directory';
  throw new MillraceError('CLI_TOPOLOGY_NOT_FOUND', `Expected a topology file at ${file}, got ${got}`, {
    context: { directory: process.cwd() },
  });
}

async function importDefault(file: string, path: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  try {
    return ((await import(url)) as { default?: unknown }).default;
  } catch (error) {
    const context = { file: placeIn(error, url) ?? file };
    const known = toMillraceError(error);
    if (known.code !== 'INTERNAL') throw known.at(context);
    throw new MillraceError('CLI_TOPOLOGY_FAILED', `Expected ${file} to load, got ${describe(error)}`, {
      cause: error,
      context,
    });
  }
}

/** `topologies/orders.ts:7`: the innermost line of the file in the stack of an error, if there is one. */
function placeIn(error: unknown, url: string): string | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  const at = stack.indexOf(`${url}:`);
  if (at === -1) return null;
  const line = /^\d+/.exec(stack.slice(at + url.length + 1))?.[0];
  return line === undefined ? null : `${relative(process.cwd(), new URL(url).pathname)}:${line}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : typeName(error);
}

/** By its shape: a topology file may have another copy of the package than the command line. */
function isTopology(value: unknown): value is Topology {
  if (typeof value !== 'object' || value === null) return false;
  const { name, nodes, stores, subTopologies, mysqlTables } = value as Partial<Topology>;
  const hasMaps = nodes instanceof Map && stores instanceof Map;
  return typeof name === 'string' && hasMaps && Array.isArray(subTopologies) && Array.isArray(mysqlTables);
}
