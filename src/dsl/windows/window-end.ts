import type { SessionWindows, Windows } from './windows.ts';

/** The end of the window that begins at `start` as `Windowed` has it; sessions end where their records do. */
export function windowEnd(windows: Exclude<Windows, SessionWindows>, start: number): number | null {
  switch (windows.kind) {
    case 'tumbling':
    case 'hopping':
      return start + windows.sizeMs;
    case 'sliding':
      return start + windows.timeDifferenceMs;
    case 'unlimited':
      return null;
  }
}
