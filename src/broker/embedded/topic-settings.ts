import { MillraceError } from '../../core/millrace-error.ts';
import type { TopicConfig } from '../port.ts';

/** The settings of a topic with nothing left open. */
export type TopicSettings = Required<TopicConfig>;

/** What a topic has that says nothing else: Kafka's own defaults, but for segments of 64 MiB instead of 1 GiB. */
export const DEFAULT_TOPIC_SETTINGS: TopicSettings = Object.freeze({
  'cleanup.policy': 'delete',
  'retention.ms': 7 * 24 * 60 * 60 * 1000,
  'retention.bytes': -1,
  'segment.bytes': 64 * 1024 * 1024,
  'segment.ms': 7 * 24 * 60 * 60 * 1000,
  'delete.retention.ms': 24 * 60 * 60 * 1000,
  'min.cleanable.dirty.ratio': 0.5,
  'max.message.bytes': 1_048_588,
});

/** The active segment is never compacted: it bounds what a topic of many updates of few keys takes. */
const COMPACTED_SEGMENT_BYTES = 8 * 1024 * 1024;

const LEAST: Readonly<{ [name in keyof TopicSettings]?: number }> = {
  'retention.ms': -1,
  'retention.bytes': -1,
  'segment.bytes': 1,
  'segment.ms': 1,
  'delete.retention.ms': 0,
  'min.cleanable.dirty.ratio': 0,
  'max.message.bytes': 0,
};

/**
 * The settings of a topic: its own over the defaults. Segments of a compacted topic are of 8 MiB at most unless it says
 * otherwise itself. Throws TOPIC_INVALID.
 */
export function resolveTopicSettings(topic: string, config: TopicConfig, defaults: TopicSettings): TopicSettings {
  for (const [name, value] of Object.entries(config)) {
    if (name === 'cleanup.policy') expectPolicy(topic, value);
    else expectNumber(topic, name, value);
  }
  const settings = { ...defaults, ...config };
  if (isCompacted(settings) && config['segment.bytes'] === undefined) {
    settings['segment.bytes'] = Math.min(settings['segment.bytes'], COMPACTED_SEGMENT_BYTES);
  }
  return Object.freeze(settings);
}

/** Whether a topic of these settings is compacted. */
export function isCompacted(settings: TopicSettings): boolean {
  return settings['cleanup.policy'] !== 'delete';
}

/** Whether old records of a topic of these settings are deleted. */
export function isDeleted(settings: TopicSettings): boolean {
  return settings['cleanup.policy'] !== 'compact';
}

function expectPolicy(topic: string, value: unknown): void {
  if (value === 'delete' || value === 'compact' || value === 'compact,delete') return;
  throw invalid(
    topic,
    `Expected \`cleanup.policy\` to be "delete", "compact" or "compact,delete", got "${String(value)}"`,
  );
}

function expectNumber(topic: string, name: string, value: unknown): void {
  const least = LEAST[name as keyof TopicSettings];
  if (least === undefined) {
    throw invalid(topic, `Expected a setting among ${Object.keys(DEFAULT_TOPIC_SETTINGS).join(', ')}, got \`${name}\``);
  }
  if (typeof value === 'number' && value >= least) return;
  throw invalid(topic, `Expected \`${name}\` to be a number >= ${least}, got ${String(value)}`);
}

function invalid(topic: string, message: string): MillraceError {
  return new MillraceError('TOPIC_INVALID', `${message} in topic "${topic}"`, { context: { topic } });
}
