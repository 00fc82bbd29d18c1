import { expect, test } from 'vitest';
import { DEFAULT_TOPIC_SETTINGS, resolveTopicSettings } from '../../../src/broker/embedded/topic-settings.ts';

const MIB = 1024 * 1024;

test('segments of a compacted topic are small, so that few keys with many updates stay few records', () => {
  const bytesOf = (config: object, defaults = DEFAULT_TOPIC_SETTINGS): number =>
    resolveTopicSettings('t', config, defaults)['segment.bytes'];

  expect(bytesOf({})).toBe(64 * MIB);
  expect(bytesOf({ 'cleanup.policy': 'compact' })).toBe(8 * MIB);
  expect(bytesOf({ 'cleanup.policy': 'compact,delete' })).toBe(8 * MIB);
  expect(bytesOf({ 'cleanup.policy': 'compact', 'segment.bytes': 32 * MIB })).toBe(32 * MIB);
  expect(bytesOf({ 'cleanup.policy': 'compact' }, { ...DEFAULT_TOPIC_SETTINGS, 'segment.bytes': MIB })).toBe(MIB);
});
