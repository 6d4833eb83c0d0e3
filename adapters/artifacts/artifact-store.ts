/**
 * Content-addressed bytes: datasets, job inputs, results, models, logs, reports. An artifact is
 * named by the SHA-256 of its bytes (lower-case hex) and never changes.
 */
export interface ArtifactStore {
  /** Stores bytes and returns their SHA-256. Storing the same bytes twice is harmless. */
  put(bytes: Uint8Array | string): Promise<string>;
  /** Stores a file's bytes by streaming and returns their SHA-256. */
  putFile(path: string): Promise<string>;
  /**
   * @throws {ArtifactMissingError} when no such artifact exists.
   * @throws {ArtifactCorruptError} when the stored bytes do not hash to their name.
   */
  get(sha256: string): Promise<Buffer>;
  has(sha256: string): Promise<boolean>;
  /** Writes an artifact to a new file, verifying its hash on the way. Same errors as `get`. */
  copyTo(sha256: string, path: string): Promise<void>;
}

/** An artifact that is named somewhere is not in the store. */
export class ArtifactMissingError extends Error {
  override readonly name = 'ArtifactMissingError';
  readonly sha256: string;

  constructor(sha256: string) {
    super(`artifact ${sha256} is not in the artifact store`);
    this.sha256 = sha256;
  }
}

/** The stored bytes of an artifact do not hash to its name any more. */
export class ArtifactCorruptError extends Error {
  override readonly name = 'ArtifactCorruptError';
  readonly sha256: string;

  constructor(sha256: string) {
    super(`artifact ${sha256} is corrupt: its bytes do not hash to its name`);
    this.sha256 = sha256;
  }
}

/** What an error of the store says: what is wrong, and the way out of it. */
export interface StoreTrouble {
  readonly what: string;
  readonly wayOut: string;
}

/**
 * The artifact store cannot be used just now: it does not answer, is overloaded, or refuses us.
 * Temporal tries again without end, so that work goes on by itself once a person, or time, has
 * mended it. Neither the message nor the error holds anything of the credentials.
 */
export class ArtifactStoreUnavailableError extends Error {
  override readonly name: string = 'ArtifactStoreUnavailableError';
  readonly trouble: StoreTrouble;

  constructor(trouble: StoreTrouble) {
    super(`${trouble.what}; ${trouble.wayOut}`);
    this.trouble = trouble;
  }
}

/** The store answers and refuses: its bucket, its region or our credentials are wrong. */
export class ArtifactStoreRefusedError extends ArtifactStoreUnavailableError {
  override readonly name = 'ArtifactStoreRefusedError';
}

/** A setting of the artifact store is wrong. The message names it and its rule, never its value. */
export class ArtifactSettingsError extends Error {
  override readonly name = 'ArtifactSettingsError';
}
