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
  SCHEMA_INVALID: {
    cause: 'A schema is none in its language, or refers to what is not there, or in a circle.',
    remedy: 'Correct the schema; the message says what is wrong with it.',
  },
  SCHEMA_NOT_FOUND: {
    cause: 'The schema registry does not know the id, the subject or the version.',
    remedy:
      'Register the schema first, or let the serde do it (`writeWith: "register"`); check that this is the registry the topic was written with.',
  },
  SCHEMA_INCOMPATIBLE: {
    cause: 'A new version of a schema would break readers or writers of the versions before it.',
    remedy:
      'Give new fields defaults and keep the types of others, or lower the compatibility of the subject if nobody reads old data.',
  },
  SCHEMA_REGISTRY_MISSING: {
    cause: 'A serde needs a schema registry and the application has none.',
    remedy: 'Name one with --schema-registry, or run with the embedded one.',
  },
  SCHEMA_REGISTRY_TOPIC_INVALID: {
    cause: 'The topic _schemas is not one that a schema registry keeps its schemas in.',
    remedy:
      'Point Millrace at a broker whose _schemas topic belongs to a registry, or delete the topic if nobody needs it.',
  },
  SCHEMA_REGISTRY_UNREACHABLE: {
    cause: 'The schema registry has not answered, over all retries.',
    remedy: 'Check its address, credentials and certificates, and that it runs.',
  },
  SCHEMA_REGISTRY_REFUSED: {
    cause: 'The schema registry has refused what it was asked.',
    remedy: 'Do what its own words in the message say.',
  },
} as const;
