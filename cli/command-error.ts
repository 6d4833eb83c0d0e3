import { CommandExitCode } from '../schemas/exit-code.ts';

/** An expected end of a command: one clear message and a documented exit code, no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: CommandExitCode;
  /** True when the command has printed its document, which says what failed. */
  readonly isAnswered: boolean;
  /** What the command found before it failed; printed beside the error with `--json`. */
  readonly found: object;

  constructor(
    exitCode: CommandExitCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly isAnswered?: boolean;
      readonly found?: object;
    } = {},
  ) {
    super(message, options);
    this.exitCode = exitCode;
    this.isAnswered = options.isAnswered === true;
    this.found = options.found ?? {};
  }
}

/** Errors of other rooms by name, and the exit code that each means. */
const EXIT_CODES: Readonly<Record<string, CommandExitCode>> = {
  PortInUseError: CommandExitCode.Unavailable,
  ServerUnavailableError: CommandExitCode.Unavailable,
  StackAlreadyRunningError: CommandExitCode.Unavailable,
  TemporalBinaryError: CommandExitCode.Unavailable,
  PostgresError: CommandExitCode.Unavailable,
  WorkerFailedError: CommandExitCode.Unavailable,
  ArtifactStoreUnavailableError: CommandExitCode.Unavailable,
  ArtifactStoreRefusedError: CommandExitCode.BadInput,
  ArtifactSettingsError: CommandExitCode.BadInput,
  DataDirectoryError: CommandExitCode.CannotWrite,
  UnknownStrategyError: CommandExitCode.BadInput,
  UnknownSeriesError: CommandExitCode.BadInput,
  UnknownCalendarError: CommandExitCode.BadInput,
  CalendarRangeError: CommandExitCode.BadInput,
  ConfigurationError: CommandExitCode.BadInput,
};

/** Node's codes for a server that is gone. */
const GONE = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EPIPE']);

/** Whether an error means that Temporal or Postgres cannot be reached. */
export function isServerGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, message } = error;
  const code = 'code' in error ? error.code : undefined;
  if (name === 'ServiceError' || message.startsWith('Connection terminated')) return true;
  return typeof code === 'string' && (GONE.has(code) || code.startsWith('57P'));
}

/** A chain of causes could be a circle. */
const CAUSES_MAX = 8;

/** Temporal's client says what it wanted to do, and its cause what the server answered. */
function causeOf({ cause, message }: Error): string {
  if (!(cause instanceof Error) || cause.message === message) return '';
  return ` (${cause.message})`;
}

/** A workflow's failure says only that it failed; why is in its causes. */
function causesOf(error: Error): string {
  const texts: string[] = [];
  for (
    let { cause } = error;
    cause instanceof Error && texts.length < CAUSES_MAX;
    { cause } = cause
  ) {
    texts.push(`\ncaused by: ${cause.message}`);
  }
  return texts.join('');
}

/** Turns any error into what the command prints and exits with. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (!(error instanceof Error)) return new CommandError(CommandExitCode.Bug, String(error));
  const known = EXIT_CODES[error.name];
  if (known !== undefined) return new CommandError(known, error.message, { cause: error });
  const code = 'code' in error ? error.code : undefined;
  if (isServerGone(error)) {
    return new CommandError(
      CommandExitCode.Unavailable,
      `a server is gone: ${error.message}${causeOf(error)}. Is it running? What was started goes on when it is ` +
        'back: `strategy-loop status`. Without DATABASE_URL and TEMPORAL_ADDRESS a command uses ' +
        'the servers of `strategy-loop up`, or starts its own.',
      { cause: error },
    );
  }
  if (code === 'EACCES' || code === 'EROFS' || code === 'ENOSPC') {
    return new CommandError(CommandExitCode.CannotWrite, error.message, { cause: error });
  }
  return new CommandError(
    CommandExitCode.Bug,
    `unexpected: ${error.message}${causesOf(error)}\n${error.stack ?? ''}`,
    { cause: error },
  );
}
