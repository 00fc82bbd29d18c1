/** What a new version of a schema must be to those before it, by Confluent's names. */
export const COMPATIBILITY_LEVELS = [
  'BACKWARD',
  'BACKWARD_TRANSITIVE',
  'FORWARD',
  'FORWARD_TRANSITIVE',
  'FULL',
  'FULL_TRANSITIVE',
  'NONE',
] as const;

/**
 * `BACKWARD`: the new schema reads what the last one wrote. `FORWARD`: the last one reads what the new one writes. `FULL`: both.
 * `..._TRANSITIVE`: not only the last, every one before. `NONE`: anything goes.
 */
export type CompatibilityLevel = (typeof COMPATIBILITY_LEVELS)[number];

/** Whether a text names a level. */
export function isCompatibilityLevel(text: unknown): text is CompatibilityLevel {
  return (COMPATIBILITY_LEVELS as readonly unknown[]).includes(text);
}
