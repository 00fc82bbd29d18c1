import type { Serde } from './serde.ts';

/** What a serde that has bytes of another one within its own takes from that one. */
export type NestedSerde = Pick<Serde<unknown>, 'open' | 'check' | 'prepare' | 'isRegistryOptional'>;

const NOTHING: NestedSerde = Object.freeze({});

/**
 * `open` and `prepare` of a serde around an inner one; nothing where the inner one has none. `innerBytes` finds the inner
 * one's bytes, and finds none in bytes that are damaged: `deserialize` tells that.
 */
export function nestedSerde(inner: Serde<any>, innerBytes: (bytes: Buffer) => readonly Buffer[]): NestedSerde {
  if (inner.open === undefined && inner.prepare === undefined) return NOTHING;
  return {
    ...(inner.isRegistryOptional === true ? { isRegistryOptional: true } : {}),
    open: (use) => inner.open?.(use),
    ...(inner.check === undefined ? {} : { check: (use) => (inner.check as NonNullable<typeof inner.check>)(use) }),
    prepare(bytes) {
      let pending: Promise<void> | undefined;
      for (const part of innerBytes(bytes)) {
        const preparing = inner.prepare?.(part);
        if (preparing !== undefined) pending = pending === undefined ? preparing : pending.then(() => preparing);
      }
      return pending;
    },
  };
}
