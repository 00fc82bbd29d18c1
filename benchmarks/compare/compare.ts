import { join } from 'node:path';
import { startMySqlServer } from '../../scripts/services/mysql-server.ts';
import { capturePeers } from './capture/capture-peers.ts';
import type { CaptureResult } from './capture/capture-results.ts';
import { measureCapture } from './capture/measure-capture.ts';
import type { ComparePlan, CompareSurroundings } from './compared-application.ts';
import type { CompareResults } from './compare-results.ts';
import { describeMachine } from './machine.ts';
import { measureLatency, type LatencyResult } from './measure-latency.ts';
import { measureRecovery, type RecoveryResult } from './measure-recovery.ts';
import { measureRun, type RunResult } from './measure-run.ts';
import { buildJavaPeer, type Guarantee, peers } from './peers.ts';
import { printCapture, printLatency, printRecovery, printRun } from './print-results.ts';

/** What can be measured, in this order. */
export const compareParts = ['runs', 'recovery', 'latency', 'capture'] as const;
export type ComparePart = (typeof compareParts)[number];

/** What is to be measured. */
export interface CompareRequest {
  readonly parts: readonly ComparePart[];
  readonly scenarios: readonly string[];
  readonly guarantees: readonly Guarantee[];
  readonly threads: readonly number[];
  readonly runs: number;
  /** Of the table that is captured, and changes of it. */
  readonly rows: number;
}

/** Those that keep a large state, and those of which latency is compared. */
const RECOVERED = ['b', 'd'];
const LATENCY_OF = ['a', 'c'];

/** Measures what is asked for, prints it, and hands over what there is after each measurement. */
export async function compare(
  on: CompareSurroundings,
  asked: CompareRequest,
  keep: (results: CompareResults) => Promise<void>,
): Promise<void> {
  const runs: RunResult[] = [];
  const recoveries: RecoveryResult[] = [];
  const latencies: LatencyResult[] = [];
  const captures: CaptureResult[] = [];
  const results: CompareResults = { machine: describeMachine(), runs, recoveries, latencies, captures };
  const kept = async <R>(list: R[], result: R, print: (result: R) => void): Promise<void> => {
    list.push(result);
    print(result);
    await keep(results);
  };
  if (asked.parts.includes('runs'))
    for (const plan of plansOf(asked)) await kept(runs, await measureRun(on, plan), printRun);
  if (asked.parts.includes('recovery'))
    for (const plan of plansOf(asked, RECOVERED))
      await kept(recoveries, await measureRecovery(on, plan), printRecovery);
  if (asked.parts.includes('latency'))
    for (const plan of plansOf(asked, LATENCY_OF)) await kept(latencies, await measureLatency(on, plan), printLatency);
  if (!asked.parts.includes('capture')) return;
  const mysql = await startMySqlServer({ dataDirectory: join(on.directory, 'mysql'), externalUrl: null });
  try {
    const classPath = buildJavaPeer('debezium');
    for (let round = 1; round <= asked.runs; round++)
      for (const peer of capturePeers) {
        const measured = { peer, round, rows: asked.rows, classPath, mysql };
        await kept(captures, await measureCapture(on, measured), printCapture);
      }
  } finally {
    await mysql.kill();
  }
}

/** The peers take turns, so that what else the machine does meets both. Of `only`, the first guarantee on one thread. */
function plansOf({ scenarios, guarantees, threads, runs }: CompareRequest, only?: readonly string[]): ComparePlan[] {
  const rounds = Array.from({ length: runs }, (_, index) => index + 1);
  const letters = scenarios.filter((letter) => only === undefined || only.includes(letter));
  return letters
    .flatMap((scenario) =>
      (only === undefined ? guarantees : guarantees.slice(0, 1)).map((guarantee) => ({ scenario, guarantee })),
    )
    .flatMap((plan) => (only === undefined ? threads : [1]).map((count) => ({ ...plan, threads: count })))
    .flatMap((plan) => rounds.map((round) => ({ ...plan, round })))
    .flatMap((plan) => peers.map((peer) => ({ ...plan, peer })));
}
