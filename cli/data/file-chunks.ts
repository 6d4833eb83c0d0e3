import { open } from 'node:fs/promises';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import type { ByteProgress } from './byte-progress.ts';

/** Bytes read at a time: large enough for speed, small beside the reader's own memory. */
const CHUNK_BYTES = 256 * 1024;

/** An input file that is being read. */
export interface InputFile {
  /** Bytes; 0 for a pipe. */
  readonly size: number;
  readonly chunks: (progress?: ByteProgress) => AsyncGenerator<Buffer>;
  readonly close: () => Promise<void>;
}

/**
 * Opens a file for reading from its beginning to its end, a piece at a time.
 *
 * @throws {CommandError} with exit code 65 when it is missing, a folder, or not readable; also from
 *   `chunks`, when reading breaks off.
 */
export async function openInput(path: string): Promise<InputFile> {
  const handle = await open(path, 'r').catch(refuse(path));
  const status = await handle.stat();
  if (status.isDirectory()) {
    await handle.close();
    throw new CommandError(CommandExitCode.BadInput, `${path} is a folder; name a file in it`);
  }
  async function* chunks(progress?: ByteProgress): AsyncGenerator<Buffer> {
    for (;;) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES).catch(refuse(path));
      if (bytesRead === 0) return;
      progress?.add(bytesRead);
      yield buffer.subarray(0, bytesRead);
    }
  }
  return { size: status.size, chunks, close: () => handle.close() };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'no permission to read it; change its mode or run as its owner',
  EISDIR: 'it is a folder; name a file in it',
  ENOTDIR: 'a part of the path is not a folder; check the path',
};

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = REASONS[code ?? ''] ?? message;
    throw new CommandError(CommandExitCode.BadInput, `${path} cannot be read: ${reason}`, {
      cause: error,
    });
  };
}
