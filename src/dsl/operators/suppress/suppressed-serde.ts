import type { Headers } from '../../../core/headers.ts';
import { Change } from '../../../processor/change-record.ts';
import type { Datum } from '../../../serde/datum.ts';
import { headersFromBytes, headersToBytes, lengthBytes } from '../../../serde/headers-bytes.ts';
import { nestedSerde } from '../../../serde/nested-serde.ts';
import type { Serde } from '../../../serde/serde.ts';
import { changeSerde } from '../../change-serde.ts';

/** An update that is held back. */
export interface Suppressed<V> {
  /** The latest value, and the old value that it is let through with. */
  readonly change: Change<V>;
  /** What was there before the first update held back. */
  readonly priorValue: Datum<V> | null;
  /** The headers of the latest update. */
  readonly headers: Headers;
}

const LENGTH_BYTES = 4;
/** Says, in the place of a length, that a prior value comes first. */
const PRIOR = 0xffff_ffff;

/**
 * Updates that are held back, as stores and changelogs have them: the length of the change (32 bits), the change, then the
 * headers. Where the prior value is not the old one, all that comes after 32 ones, and a change from the prior value to
 * nothing, with its length.
 */
export function suppressedSerde<V>(valueSerde: Serde<V>): Serde<Suppressed<V>> {
  const changes = changeSerde(valueSerde);
  return Object.freeze({
    name: `suppressed ${valueSerde.name}`,
    ...nestedSerde(changes, changesIn),
    serialize({ change, priorValue, headers }: Suppressed<V>): Buffer {
      const bytes = changes.serialize(change);
      const prior = priorValue === change.oldValue ? null : changes.serialize(new Change(null, priorValue));
      const start = prior === null ? [] : [lengthBytes(PRIOR), lengthBytes(prior.length), prior];
      return Buffer.concat([...start, lengthBytes(bytes.length), bytes, ...headersToBytes(headers)]);
    },
    deserialize(bytes: Buffer): Suppressed<V> {
      const hasPrior = bytes.readUInt32BE(0) === PRIOR;
      const priorEnd = hasPrior ? 2 * LENGTH_BYTES + bytes.readUInt32BE(LENGTH_BYTES) : 0;
      const changeAt = priorEnd + LENGTH_BYTES;
      const end = changeAt + bytes.readUInt32BE(priorEnd);
      const change = changes.deserialize(bytes.subarray(changeAt, end));
      const prior = hasPrior ? changes.deserialize(bytes.subarray(2 * LENGTH_BYTES, priorEnd)) : change;
      return { change, priorValue: prior.oldValue, headers: headersFromBytes(bytes, end) };
    },
  });
}

/** The bytes of the prior value, if it has its own, and of the change. */
function changesIn(bytes: Buffer): readonly Buffer[] {
  if (bytes.readUInt32BE(0) !== PRIOR) return [bytes.subarray(LENGTH_BYTES)];
  const priorAt = 2 * LENGTH_BYTES;
  const changeAt = priorAt + bytes.readUInt32BE(LENGTH_BYTES) + LENGTH_BYTES;
  return [bytes.subarray(priorAt, changeAt - LENGTH_BYTES), bytes.subarray(changeAt)];
}
