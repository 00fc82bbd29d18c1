import type { TopicConfig } from '../port.ts';

/** The settings of topics that we look at. */
export const TOPIC_CONFIG_NAMES: readonly (keyof TopicConfig)[] = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'segment.bytes',
  'segment.ms',
  'delete.retention.ms',
  'min.cleanable.dirty.ratio',
  'max.message.bytes',
];

/** Settings as a broker tells them: all are text. */
export function readTopicConfig(
  configs: readonly { readonly name: string; readonly value?: string | null | undefined }[],
): TopicConfig {
  const values = configs
    .filter(({ name, value }) => TOPIC_CONFIG_NAMES.includes(name as keyof TopicConfig) && typeof value === 'string')
    .map(({ name, value = '' }) => [name, name === 'cleanup.policy' ? policyOf(value ?? '') : Number(value)]);
  return Object.fromEntries(values) as TopicConfig;
}

/** `delete,compact` is `compact,delete`. */
function policyOf(value: string): string {
  return value.split(',').toSorted().join(',');
}
