/** Errors that any part may throw. */
export const coreErrors = {
  INTERNAL: {
    cause: 'An invariant of Millrace itself does not hold: a defect.',
    remedy: 'Report it with the message, the stack and the version.',
  },
  CONFIG_INVALID: {
    cause: 'An option has a value outside what it allows, or is not known.',
    remedy: 'Set it as docs/configuration.md says; the message names the option, what it allows and what it got.',
  },
  HTTP_PORT_UNAVAILABLE: {
    cause: 'An HTTP server cannot listen where it is told to.',
    remedy: 'Choose another port, or stop what listens there; 0 takes any free one.',
  },
} as const;
