/** The cases whose outputs Millrace does not reproduce, on purpose, and why. They show defects of Kafka Streams. */
export const deviations: Readonly<Record<string, string>> = {
  'quirk-emit-on-close-default-retention':
    'windows are not removed before they have been emitted, so that none is lost',
  'quirk-session-default-retention': 'sessions are not removed while a record that is taken may join them',
};
