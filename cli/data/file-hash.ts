import type { Hash } from 'node:crypto';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';

/** Hands chunks on and takes their hash on the way. */
export async function* hashing(chunks: AsyncIterable<Buffer>, hash: Hash): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}

/**
 * No policy can see that a digit became another one within its row's range. Whoever knows the
 * file's hash can.
 *
 * @returns the hash that was found.
 * @throws {CommandError} with exit code 65 when another one is wanted.
 */
export function requireHash(path: string, found: string, wanted: string | undefined): string {
  if (wanted === undefined || wanted === found) return found;
  throw new CommandError(
    CommandExitCode.BadInput,
    `--sha256: ${path} hashes to ${found}, not ${wanted}: it is not the file that you mean, or it was changed. ` +
      'Nothing was stored. Fetch the file again, or give the hash of this one.',
  );
}
