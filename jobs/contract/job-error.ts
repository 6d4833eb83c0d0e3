/**
 * The job's input is wrong, and running it again would not help. The message names the field, its
 * value, the rule and what to do about it. Ends the job with exit code 65.
 */
export class BadInputError extends Error {
  override readonly name = 'BadInputError';
}

/** Something outside the job was not there; the same job may succeed later. Exit code 75. */
export class TryAgainError extends Error {
  override readonly name = 'TryAgainError';
}
