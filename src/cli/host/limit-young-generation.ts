import v8 from 'node:v8';

const LOOK_MS = 20;
const GROW = '--semi-space-growth-factor=2';
const STAY = '--semi-space-growth-factor=1';

/**
 * Keeps the part of the heap in which objects are made at about so many bytes, until the function that it gives is called. V8
 * lets it grow to 128 MiB, and what a capture makes would wait there to be collected, buffers outside of the heap included. Its
 * size can be given on the command line of Node only, so this watches it, and says whether it may grow.
 */
export function limitYoungGeneration(bytes: number): () => void {
  let isGrowing = true;
  const timer = setInterval(() => {
    const mayGrow = youngGenerationBytes() < bytes;
    if (mayGrow === isGrowing) return;
    isGrowing = mayGrow;
    v8.setFlagsFromString(mayGrow ? GROW : STAY);
  }, LOOK_MS).unref();
  return () => {
    clearInterval(timer);
    v8.setFlagsFromString(GROW);
  };
}

function youngGenerationBytes(): number {
  return v8.getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')?.space_size ?? 0;
}
