import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProcessCommand } from './measured-process.ts';

/** Who runs the programs. */
export const peers = ['kafka-streams', 'millrace'] as const;
export type Peer = (typeof peers)[number];

export const guarantees = ['exactly_once', 'at_least_once'] as const;
export type Guarantee = (typeof guarantees)[number];

/** One program, as it is to be run. */
export interface ProgramRun {
  /** Of `programs`. */
  readonly scenario: string;
  /** `host:port`. */
  readonly bootstrap: string;
  /** The group, and the prefix of its topics. */
  readonly application: string;
  readonly stateDirectory: string;
  readonly guarantee: Guarantee;
  readonly threads: number;
}

/** Each commits as Kafka Streams does by default under exactly once, and every second otherwise. */
const COMMIT_INTERVAL_MS: Readonly<Record<Guarantee, number>> = { exactly_once: 100, at_least_once: 1000 };
const ROOT = join(import.meta.dirname, '../..');
const TOPOLOGY = join(import.meta.dirname, 'topologies', 'measured-program.ts');

/** The command by which a peer runs a program. `classPath` is that of `buildJavaPeer`. */
export function commandOf(peer: Peer, run: ProgramRun, classPath: string): ProcessCommand {
  return peer === 'millrace' ? millraceCommand(run) : kafkaStreamsCommand(run, classPath);
}

/** Builds a Java program of `benchmarks/peers/` unless that was done, and gives its class path. Needs Java 17 and Maven. */
export function buildJavaPeer(name: string): string {
  const folder = join(ROOT, 'benchmarks', 'peers', name);
  const target = join(folder, 'target');
  if (!existsSync(join(target, 'libraries')))
    execFileSync('mvn', ['-q', '-B', 'process-classes'], { cwd: folder, stdio: 'inherit' });
  return `${join(target, 'classes')}:${join(target, 'libraries', '*')}`;
}

/** Millrace as it is published, compiled. */
export function millraceProgram(...args: readonly string[]): Pick<ProcessCommand, 'command' | 'args'> {
  return { command: process.execPath, args: [join(ROOT, 'dist', 'cli', 'main.js'), ...args] };
}

function millraceCommand(run: ProgramRun): ProcessCommand {
  const program = millraceProgram(
    ...['run', TOPOLOGY, '--kafka', run.bootstrap, '--data-dir', run.stateDirectory, '--log-format', 'json'],
    ...['--processing-guarantee', run.guarantee, '--commit-interval', `${COMMIT_INTERVAL_MS[run.guarantee]}ms`],
    ...['--threads', String(run.threads)],
  );
  return {
    ...program,
    environment: { COMPARED_PROGRAM: run.scenario, COMPARED_APPLICATION: run.application },
    saysRunning: (line) => line.includes('"to":"RUNNING"'),
  };
}

function kafkaStreamsCommand(run: ProgramRun, classPath: string): ProcessCommand {
  const { scenario, bootstrap, application, stateDirectory, guarantee, threads } = run;
  const commitMs = String(COMMIT_INTERVAL_MS[guarantee]);
  const words = [scenario, bootstrap, application, stateDirectory, guarantee, commitMs, String(threads)];
  return {
    command: 'java',
    args: ['-Xmx2g', '-cp', classPath, 'peer.Main', ...words],
    saysRunning: (line) => line === 'RUNNING',
  };
}
