import { closeSync, openSync } from 'node:fs';
import { open, rename, stat } from 'node:fs/promises';

/** A log that has grown beyond this is set aside when its writer starts again. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;
const TAIL_BYTES = 64 * 1024;
const TAIL_LINES = 8;
const GO_STACKS = /^goroutine \d+ .*:$/m;

/** A server's log, open for the server to write to. */
export interface LogFile {
  readonly path: string;
  readonly descriptor: number;
  /** Bytes that earlier servers wrote. */
  readonly startsAt: number;
  /** The server has it now. */
  close(): void;
}

/** Opens a log for appending; one older log is kept as `<name>.old`. */
export async function openLog(path: string): Promise<LogFile> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  );
  const isSetAside = size > LOG_BYTES_MAX;
  if (isSetAside) {
    await rename(path, `${path}.old`);
  }
  const descriptor = openSync(path, 'a', 0o600);
  return {
    path,
    descriptor,
    startsAt: isSetAside ? 0 : size,
    close() {
      closeSync(descriptor);
    },
  };
}

/**
 * @param startsAt bytes at the start of the log that do not count.
 * @returns the last lines of a log, for an error message; empty when there is none. Of a program in
 *   Go that broke down they are those before its stacks, which are long and say less.
 */
export async function logTail(path: string, startsAt = 0): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const start = Math.max(startsAt, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
      const [text = ''] = buffer.toString('utf8', 0, bytesRead).split(GO_STACKS);
      return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
