/** Errors of Kafka clusters, beside those of every broker. */
export const kafkaErrors = {
  BROKER_UNAVAILABLE: {
    cause: 'No broker of the Kafka cluster could be reached, or one did not answer in time, for as long as was tried.',
    remedy: 'Check --kafka (host and port), that the brokers run, and that their advertised.listeners can be reached.',
  },
  BROKER_AUTHENTICATION: {
    cause: 'The Kafka cluster refused the credentials or the SASL mechanism.',
    remedy: 'Check the mechanism (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER), user and password, or the token.',
  },
  BROKER_AUTHORIZATION: {
    cause: 'The user may not do this on the Kafka cluster.',
    remedy:
      'Give the user the ACL for the topic, group or transactional id of the message (READ, WRITE, CREATE, DESCRIBE, DELETE).',
  },
  BROKER_TLS: {
    cause:
      'The TLS connection to a broker failed: its certificate is not trusted or is for another host, it wants a certificate of ours, or only one side speaks TLS.',
    remedy:
      "Name the authority's certificate with --kafka-tls-ca-file, ours with --kafka-tls-certificate-file and --kafka-tls-key-file, and check that the port is the one with TLS.",
  },
  BROKER_UNSUPPORTED: {
    cause: 'The broker does not speak the version of the protocol that is needed.',
    remedy: 'Use Kafka 3.5 or newer.',
  },
  BROKER_REFUSED: {
    cause: 'The Kafka broker answered a request with an error that has no entry of its own here, named in the message.',
    remedy: 'Look the name up in the documentation of Kafka, and see the log of the broker.',
  },
} as const;
