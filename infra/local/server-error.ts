/** A port that was asked for belongs to another program. */
export class PortInUseError extends Error {
  override readonly name = 'PortInUseError';
  readonly port: number;
  /** What the port was wanted for, e.g. `Temporal`. */
  readonly what: string;

  constructor(port: number, what: string, options?: ErrorOptions) {
    super(
      `port ${String(port)} for ${what} is in use by another program; stop that program, or ` +
        'choose another port (`up`: --temporal-port and --ui-port; other commands take a free one)',
      options,
    );
    this.port = port;
    this.what = what;
  }
}

/** A server cannot be reached, or does not come up. */
export class ServerUnavailableError extends Error {
  override readonly name = 'ServerUnavailableError';
  readonly what: string;

  constructor(what: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.what = what;
  }
}

/** The embedded database server cannot be set up or does not come up. */
export class PostgresError extends Error {
  override readonly name = 'PostgresError';
}
