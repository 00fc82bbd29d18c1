import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const NPM_PACKAGES = { '@kafkajs/confluent-schema-registry': '4.1.0', '@confluentinc/schemaregistry': '1.10.1' };
const PYTHON_PACKAGES = ['confluent-kafka[avro,json,protobuf,schemaregistry]==2.16.0'];

/** Clients of a schema registry that know nothing of Millrace. */
export interface SchemaRegistryClients {
  /** Where Node finds their packages: the folder that has the `node_modules`. */
  readonly nodeDirectory: string;
  /** The Python that has its client. */
  readonly python: string;
}

/**
 * Fetches the clients into the cache the first time: they bring some 250 MB along, which nobody else needs. Needs npm and
 * Python 3 with `venv`.
 */
export async function schemaRegistryClients(cacheDirectory: string): Promise<SchemaRegistryClients> {
  const key = createHash('sha256')
    .update(JSON.stringify([NPM_PACKAGES, PYTHON_PACKAGES]))
    .digest('hex')
    .slice(0, 12);
  const directory = join(cacheDirectory, `schema-registry-clients-${key}`);
  if (!existsSync(join(directory, 'complete'))) await fetchInto(directory);
  return { nodeDirectory: directory, python: join(directory, 'python', 'bin', 'python') };
}

async function fetchInto(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, dependencies: NPM_PACKAGES }));
  const options = { cwd: directory, maxBuffer: 16 << 20 };
  // A virtual environment cannot be moved, so it is made in its place; the mark at the end says that all is there.
  await Promise.all([
    run('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], options),
    run('python3', ['-m', 'venv', 'python'], options).then(() =>
      run(join(directory, 'python', 'bin', 'pip'), ['install', '--quiet', ...PYTHON_PACKAGES], options),
    ),
  ]);
  await writeFile(join(directory, 'complete.part'), '');
  await rename(join(directory, 'complete.part'), join(directory, 'complete'));
}
