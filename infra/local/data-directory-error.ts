/** A directory that the stack needs cannot be used. The message names the way out. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
  readonly directory: string;

  constructor(directory: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.directory = directory;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  ENOTDIR: 'a part of the path is a file',
  EEXIST: 'it is a file',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the path is too long',
};

/** @returns why a file operation failed, in words. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? message;
}
