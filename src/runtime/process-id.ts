import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applicationDirectory, type StateLocation } from './state/application-directory.ts';

const FILE = 'process-id';
const FORMAT = /^[0-9a-f-]{36}$/;

/**
 * What an instance of an application is known by in its group, kept with its local state: one that comes back is the same,
 * so that it gets back the tasks whose state it has, and fences what it has left open. Makes one where there is none.
 */
export async function readProcessId(location: StateLocation): Promise<string> {
  const directory = applicationDirectory(location);
  const file = join(directory, FILE);
  const known = await readFile(file, 'utf8').catch(() => '');
  if (FORMAT.test(known)) return known;
  await mkdir(directory, { recursive: true });
  const made = randomUUID();
  await writeFile(file, made);
  return made;
}
