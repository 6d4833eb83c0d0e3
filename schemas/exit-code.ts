/**
 * Exit codes of jobs, as in sysexits.h. Anything else counts as `Bug`.
 */
export const JobExitCode = {
  Ok: 0,
  BadInput: 65,
  Bug: 70,
  TryAgain: 75,
} as const;

/** Exit codes of the `strategy-loop` command. */
export const CommandExitCode = {
  Ok: 0,
  /** The work ran and failed, or waits for a person. */
  Failed: 1,
  /** The command line itself is wrong. */
  Usage: 64,
  /** A file, a parameter or a setting is wrong. */
  BadInput: 65,
  /** Temporal, Postgres or a port cannot be had. */
  Unavailable: 69,
  /** Our own fault. */
  Bug: 70,
  /** A directory or a file cannot be written. */
  CannotWrite: 73,
  /** Interrupted by Ctrl-C. */
  Interrupted: 130,
} as const;
export type CommandExitCode = (typeof CommandExitCode)[keyof typeof CommandExitCode];
