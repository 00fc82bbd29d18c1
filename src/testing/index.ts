export { ManualClock } from './manual-clock.ts';
export { TestInputTopic, type PipedRecordOptions, type TestTopicSerdes } from './test-input-topic.ts';
export { TestOutputTopic, type TestRecord } from './test-output-topic.ts';
export { TopologyTestDriver, type TopologyTestDriverOptions } from './topology-test-driver.ts';
