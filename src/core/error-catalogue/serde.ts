/** Errors of serialization. */
export const serdeErrors = {
  SERIALIZATION_FAILED: {
    cause: 'A value does not fit the serde it is written with.',
    remedy: 'Give the operator, store or topic a serde that fits its values, or map the value before.',
  },
  DESERIALIZATION_FAILED: {
    cause: 'Bytes in a topic or store are not what its serde reads.',
    remedy:
      'Give the source the serde its topic was written with; look at the record at the topic, partition and offset named.',
  },
  INTEGER_UNSAFE: {
    cause: 'An integer outside ±(2^53 − 1) cannot be a JavaScript number without changing.',
    remedy: "Choose how such integers are to be read: json({ bigint: 'string' }) or json({ bigint: 'bigint' }).",
  },
} as const;
