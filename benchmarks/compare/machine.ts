import { cpus, loadavg, totalmem } from 'node:os';

/** What is measured on. */
export interface Machine {
  readonly date: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the last 15 minutes, before the first run: what else was running. */
  readonly loadBefore: number;
  readonly node: string;
}

/** The machine that this process runs on, now. */
export function describeMachine(): Machine {
  return {
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    loadBefore: Math.round((loadavg()[2] as number) * 10) / 10,
    node: process.version,
  };
}

/** What a report says of it. */
export function machineText({ date, processor, cores, memoryGiB, node }: Machine): string {
  return `Measured on ${date}: ${cores} cores (${processor}), ${memoryGiB} GiB, Node ${node}, broker and all else on the same machine`;
}
