/** Confluent's error codes, which clients know. */
export const REGISTRY_ERRORS = Object.freeze({
  SUBJECT_NOT_FOUND: 40401,
  VERSION_NOT_FOUND: 40402,
  SCHEMA_NOT_FOUND: 40403,
  SUBJECT_SOFT_DELETED: 40404,
  SUBJECT_NOT_SOFT_DELETED: 40405,
  VERSION_SOFT_DELETED: 40406,
  VERSION_NOT_SOFT_DELETED: 40407,
  COMPATIBILITY_NOT_CONFIGURED: 40408,
  MODE_NOT_CONFIGURED: 40409,
  INCOMPATIBLE: 409,
  INVALID_SCHEMA: 42201,
  INVALID_VERSION: 42202,
  INVALID_COMPATIBILITY: 42203,
  INVALID_MODE: 42204,
  OPERATION_NOT_PERMITTED: 42205,
  REFERENCE_EXISTS: 42206,
  INVALID_SUBJECT: 42208,
  STORE_FAILED: 50001,
  FORWARDING_FAILED: 50003,
  NO_LEADER: 50004,
});

/** An answer of the registry that is not the one asked for: Confluent's code, whose first three digits are the HTTP status. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }

  /** The HTTP status. */
  get status(): number {
    return Number(String(this.code).slice(0, 3));
  }
}
