import { createHash } from 'node:crypto';

/**
 * @returns the two parts that an artifact is kept under: `ab` and `cdef…` for `abcdef…`.
 * @throws when it is not the name of an artifact.
 */
export function nameParts(sha256: string): readonly [string, string] {
  // The name becomes a path or a key: anything but 64 hex digits could lead out of its place.
  if (!/^[0-9a-f]{64}$/.test(sha256)) {
    throw new Error(`an artifact is named by 64 lower-case hex digits, was ${sha256}`);
  }
  return [sha256.slice(0, 2), sha256.slice(2)];
}

/** The name of an artifact with these bytes. */
export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The same, of bytes that are read a piece at a time. */
export async function hashOfChunks(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex');
}
