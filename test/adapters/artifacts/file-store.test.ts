import { existsSync } from 'node:fs';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileArtifactStore } from '../../../adapters/artifacts/file-store.ts';
import { nameParts } from '../../../adapters/artifacts/artifact-name.ts';
import { itKeepsArtifacts } from '../../support/artifact-store-contract.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

describe('createFileArtifactStore', () => {
  itKeepsArtifacts(async () => {
    // The store makes its directory itself, when it is first written to.
    const directory = join(await scratchDirectory('file-store'), 'store');
    const fileOf = (sha256: string): string => join(directory, ...nameParts(sha256));
    return {
      store: createFileArtifactStore(directory),
      async names() {
        if (!existsSync(directory)) return [];
        const entries = await readdir(directory, { recursive: true, withFileTypes: true });
        return entries
          .filter((entry) => !entry.isDirectory())
          .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
      },
      readBehind: (sha256) => readFile(fileOf(sha256)),
      writeBehind: (sha256, bytes) => writeFile(fileOf(sha256), bytes),
    };
  });
});
