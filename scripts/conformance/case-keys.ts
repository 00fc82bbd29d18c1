import { string, type Serde } from 'millrace';
import type { CaseKey } from './case-file.ts';

/** No byte of a string in UTF-8. */
const WINDOWED = 0xff;

/** The keys of cases where no operator knows better: strings, and windowed keys that a selector has passed on. */
export const caseKeys: Serde<CaseKey> = {
  name: 'case key',
  serialize: (key) =>
    typeof key === 'string'
      ? string().serialize(key)
      : Buffer.concat([Buffer.from([WINDOWED]), Buffer.from(JSON.stringify(key))]),
  deserialize: (bytes) =>
    bytes[0] === WINDOWED ? (JSON.parse(bytes.toString('utf8', 1)) as CaseKey) : string().deserialize(bytes),
};
