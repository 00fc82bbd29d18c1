import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MillraceError } from '../../src/core/millrace-error.ts';

const run = promisify(execFile);

/** The version of Kafka that tests and benchmarks run. 3.5.2 is the oldest that is to pass the conformance suite. */
const KAFKA_VERSION = process.env['KAFKA_VERSION'] ?? '4.3.1';

/**
 * The class path of a Kafka broker and its command-line tools, from Maven Central: 54 MB, fetched into `cacheDirectory`
 * the first time. Several may run at once; whoever is first wins. Needs java >= 17 and mvn on the PATH. Throws
 * KAFKA_SERVER_UNAVAILABLE.
 */
export function findKafkaJars(cacheDirectory: string, version: string = KAFKA_VERSION): Promise<string> {
  return findJars(join(cacheDirectory, `kafka-${version}`), ['kafka_2.13', 'kafka-tools'], version);
}

/** The same of Kafka Streams: 80 MB. */
export function findKafkaStreamsJars(cacheDirectory: string): Promise<string> {
  return findJars(join(cacheDirectory, 'kafka-streams-4.3.1'), ['kafka-streams'], '4.3.1');
}

async function findJars(folder: string, names: readonly string[], version: string): Promise<string> {
  const jars = join(folder, 'libs');
  if (!existsSync(jars)) {
    await mkdir(folder, { recursive: true });
    const work = await mkdtemp(join(folder, 'fetch-'));
    try {
      await fetchJars(work, names, version);
      await rename(join(work, 'libs'), jars).catch((error: unknown) => {
        if (!existsSync(jars)) throw error;
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }
  return join(jars, '*');
}

async function fetchJars(folder: string, names: readonly string[], version: string): Promise<void> {
  const artifacts = names.map(
    (name) =>
      `<dependency><groupId>org.apache.kafka</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  const project = [
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>',
    '<groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>',
    `<dependencies>${artifacts.join('')}</dependencies></project>`,
  ];
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, project.join('\n'));
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${join(folder, 'libs')}`, '-DincludeScope=runtime'];
  try {
    await run('mvn', ['-q', '-B', '-f', pom, ...goal], { maxBuffer: 16 << 20 });
  } catch (error) {
    const { stdout = '', code } = error as { stdout?: string; code?: unknown };
    const reason =
      code === 'ENOENT' ? 'mvn is not on the PATH' : stdout.split('\n').find((line) => line.includes('ERROR'));
    throw new MillraceError(
      'KAFKA_SERVER_UNAVAILABLE',
      `Expected Kafka's jars to be at hand, got: ${reason ?? String(error)}`,
      {
        cause: error,
      },
    );
  }
}
