import { buffer } from '../serde/buffer-serde.ts';
import { times } from '../serde/times-serde.ts';
import type { StoreSpec } from './store.ts';

/** The name of the store that has the windows of another by their times. */
export function timeIndexName(windows: string): string {
  return `${windows}-by-time`;
}

/** The store that has the windows of another by their times; kept where that is kept. */
export function timeIndex({
  name,
  storage,
  logged,
}: Pick<StoreSpec<any, any>, 'name' | 'storage' | 'logged'>): StoreSpec<Buffer, readonly number[]> {
  return {
    kind: 'key-value',
    name: timeIndexName(name),
    keySerde: buffer(),
    valueSerde: times(),
    storage,
    logged,
    scans: true,
  };
}
