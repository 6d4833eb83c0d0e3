import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SOURCE_HASHES_FILE, SourceHashes } from '../schemas/source-hashes.ts';

/** What the build of this worker noted about its sources. */
export function ownSourceHashes(): SourceHashes {
  const root = dirname(createRequire(import.meta.url).resolve('strategy-loop/package.json'));
  const text = readFileSync(join(root, 'dist', SOURCE_HASHES_FILE), 'utf8');
  return SourceHashes.parse(JSON.parse(text));
}
