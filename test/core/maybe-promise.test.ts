import { expect, test } from 'vitest';
import { andThen, forEachInOrder, type MaybePromise } from '../../src/core/maybe-promise.ts';

/** A step that notes what it begins and ends, and waits for the items it is told to. */
function noting(waits: (item: number) => boolean): { notes: string[]; step: (item: number) => MaybePromise<void> } {
  const notes: string[] = [];
  const step = (item: number): MaybePromise<void> => {
    notes.push(`begin ${item}`);
    if (!waits(item)) return void notes.push(`end ${item}`);
    return Promise.resolve().then(() => void notes.push(`end ${item}`));
  };
  return { notes, step };
}

const inOrder = [1, 2, 3, 4].flatMap((item) => [`begin ${item}`, `end ${item}`]);

test('steps that need not wait are done at once', () => {
  const { notes, step } = noting(() => false);
  expect(forEachInOrder([1, 2, 3, 4], step)).toBeUndefined();
  expect(notes).toEqual(inOrder);
});

test.each([[[1]], [[2, 3]], [[4]], [[1, 2, 3, 4]]])(
  'when %j wait, no step begins before the one before it has ended',
  async (waiting) => {
    const { notes, step } = noting((item) => waiting.includes(item));
    const pending = forEachInOrder([1, 2, 3, 4], step);
    expect(pending).toBeInstanceOf(Promise);
    await pending;
    expect(notes).toEqual(inOrder);
  },
);

test('a step that fails later ends the round', async () => {
  const begun: number[] = [];
  const step = (item: number): MaybePromise<void> => {
    begun.push(item);
    return item === 2 ? Promise.reject(new Error('two')) : undefined;
  };
  await expect(forEachInOrder([1, 2, 3], step)).rejects.toThrow('two');
  expect(begun).toEqual([1, 2]);
});

test('andThen goes on at once after what is done, and later after what is not', async () => {
  expect(andThen(undefined, () => 7)).toBe(7);
  await expect(andThen(Promise.resolve(), () => 7)).resolves.toBe(7);
});
