/** The cases whose outputs Millrace does not reproduce, on purpose, and why. They show defects of Kafka Streams. */
export const deviations: Readonly<Record<string, string>> = {
  'quirk-initializer-as-old-value':
    'the old value of a new key is nothing, not the initializer: regrouping an aggregation then counts right',
};
