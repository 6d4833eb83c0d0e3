import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import type { Server } from 'node:net';

const ANSWER_MS_MAX = 1_000;

/** Another process runs a stack on this data directory. */
export class StackAlreadyRunningError extends Error {
  override readonly name = 'StackAlreadyRunningError';
  readonly dataDirectory: string;
  /** The process that runs it; null when it does not answer. */
  readonly pid: number | null;

  constructor(dataDirectory: string, pid: number | null) {
    super(
      `the data directory ${dataDirectory} is in use by ` +
        `${pid === null ? 'another process' : `process ${String(pid)}`}; wait for it, stop it, ` +
        'or choose another directory with --data-dir',
    );
    this.dataDirectory = dataDirectory;
    this.pid = pid;
  }
}

/** Exclusive use of a data directory. */
export interface StackLock {
  release(): Promise<void>;
}

/**
 * Takes a data directory for this process. The lock is a socket without a file (Linux's abstract
 * namespace): the kernel gives it up at the very moment its owner dies, however it dies, so there
 * is no stale lock to be told from a live one.
 *
 * @throws {StackAlreadyRunningError} when a process has it.
 */
export async function lockDataDirectory(dataDirectory: string): Promise<StackLock> {
  const { dev, ino } = await stat(dataDirectory);
  const hash = createHash('sha256')
    .update(`${String(dev)}:${String(ino)}`)
    .digest('hex');
  const path = `\0strategy-loop/${hash.slice(0, 32)}`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(String(process.pid));
  });
  try {
    server.listen(path);
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new StackAlreadyRunningError(dataDirectory, await askOwner(path));
    }
    throw error;
  }
  server.unref();
  return { release: () => close(server) };
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

/** @returns the owner's pid, or null when it does not answer in time. */
function askOwner(path: string): Promise<number | null> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection(path);
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy());
    socket.on('data', (bytes) => {
      answer += bytes.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(/^\d+$/.test(answer) ? Number(answer) : null);
    });
  });
}
