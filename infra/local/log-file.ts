import { closeSync, openSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';

/** A log that has grown beyond this is set aside when its writer starts again. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;
const TAIL_BYTES = 4096;

/** A server's log, open for the server to write to. */
export interface LogFile {
  readonly path: string;
  readonly descriptor: number;
  /** The server has it now. */
  close(): void;
}

/** Opens a log for appending; one older log is kept as `<name>.old`. */
export async function openLog(path: string): Promise<LogFile> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  if (size > LOG_BYTES_MAX) {
    await rename(path, `${path}.old`);
  }
  const descriptor = openSync(path, 'a', 0o600);
  return {
    path,
    descriptor,
    close() {
      closeSync(descriptor);
    },
  };
}

/** @returns the last lines of a log, for an error message; empty when there is none. */
export async function logTail(path: string, lines = 8): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const start = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
      return buffer.toString('utf8', 0, bytesRead).trimEnd().split('\n').slice(-lines).join('\n');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
