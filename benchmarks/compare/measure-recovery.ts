import { ComparedApplication, type ComparePlan, type CompareSurroundings } from './compared-application.ts';
import type { MeasuredProcess } from './measured-process.ts';

/** What coming back came to: each from the launch of the process until it says that it runs. */
export interface RecoveryResult extends ComparePlan {
  /** What the changelogs held, markers of transactions included. */
  readonly changelogOffsets: number;
  /** After a stop, with the local state wiped. */
  readonly restoreSeconds: number;
  /** After a stop, with the state kept. */
  readonly restartSeconds: number;
  /** After SIGKILL, with the state kept. */
  readonly restartAfterKillSeconds: number;
}

/** Processes all orders, and then lets the application come back in three ways. */
export async function measureRecovery(on: CompareSurroundings, plan: ComparePlan): Promise<RecoveryResult> {
  await using application = await ComparedApplication.create(on, plan, 'recover');
  {
    await using first = application.start();
    await application.observer.untilCommitted(first);
    await first.stop();
  }
  const changelogOffsets = await application.observer.changelogOffsets();
  await application.wipeState();
  const restoreSeconds = await comeBack(application, (process) => process.stop());
  const restartSeconds = await comeBack(application, (process) => process.kill());
  const restartAfterKillSeconds = await comeBack(application, (process) => process.stop());
  return { ...plan, changelogOffsets, restoreSeconds, restartSeconds, restartAfterKillSeconds };
}

async function comeBack(
  application: ComparedApplication,
  end: (process: MeasuredProcess) => Promise<void>,
): Promise<number> {
  await using process = application.start();
  const runningMs = await process.running;
  // What is restored is committed too, so that the next one finds it.
  await application.observer.untilCommitted(process);
  await end(process);
  return (runningMs - process.launchedMs) / 1000;
}
