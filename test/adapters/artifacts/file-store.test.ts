import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ArtifactCorruptError,
  ArtifactMissingError,
} from '../../../adapters/artifacts/artifact-store.ts';
import type { ArtifactStore } from '../../../adapters/artifacts/artifact-store.ts';
import { createFileArtifactStore } from '../../../adapters/artifacts/file-store.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const MISSING = 'f'.repeat(64);

let directory: string;
let store: ArtifactStore;

beforeEach(async () => {
  directory = await scratchDirectory('artifacts');
  store = createFileArtifactStore(join(directory, 'store'));
});

function fileOf(sha256: string): string {
  return join(directory, 'store', sha256.slice(0, 2), sha256.slice(2));
}

/** What every store must do with an artifact whose bytes went bad on the disk. */
async function refusesCorruptBytes(subject: ArtifactStore): Promise<boolean> {
  const sha256 = await store.put('the true bytes');
  await writeFile(fileOf(sha256), 'the true bytez');
  return subject.get(sha256).then(
    () => false,
    (error: unknown) => error instanceof ArtifactCorruptError && error.sha256 === sha256,
  );
}

describe('createFileArtifactStore', () => {
  it('gives back what was put, by the SHA-256 of its bytes', async () => {
    const sha256 = await store.put(Buffer.from([0, 1, 255]));

    expect(sha256).toBe(
      createHash('sha256')
        .update(Buffer.from([0, 1, 255]))
        .digest('hex'),
    );
    expect([...(await store.get(sha256))]).toEqual([0, 1, 255]);
    expect(await store.has(sha256)).toBe(true);
    expect(await store.has(MISSING)).toBe(false);
  });

  it('names an empty artifact like any other', async () => {
    const sha256 = await store.put('');

    expect(await store.get(sha256)).toHaveLength(0);
  });

  it('stores a file and copies it out again', async () => {
    const bytes = Buffer.alloc(300_000, 'strategy');
    await writeFile(join(directory, 'in'), bytes);

    const sha256 = await store.putFile(join(directory, 'in'));
    await store.copyTo(sha256, join(directory, 'out'));

    expect(await readFile(join(directory, 'out'))).toEqual(bytes);
  });

  it('takes the same bytes from many writers at once and leaves nothing else behind', async () => {
    const hashes = await Promise.all(Array.from({ length: 20 }, () => store.put('same')));

    expect(new Set(hashes).size).toBe(1);
    expect((await store.get(String(hashes[0]))).toString()).toBe('same');
    expect(await readdir(join(directory, 'store'))).toEqual([String(hashes[0]).slice(0, 2)]);
  });

  it('says that an artifact is missing', async () => {
    await expect(store.get(MISSING)).rejects.toThrow(ArtifactMissingError);
    await expect(store.copyTo(MISSING, join(directory, 'out'))).rejects.toThrow(
      ArtifactMissingError,
    );
  });

  it('refuses corrupt bytes', async () => {
    expect(await refusesCorruptBytes(store)).toBe(true);
  });

  it('would notice a store that does not verify', async () => {
    const careless = { ...store, get: (sha256: string) => readFile(fileOf(sha256)) };

    expect(await refusesCorruptBytes(careless)).toBe(false);
  });

  it('copies nothing when the bytes are corrupt', async () => {
    const sha256 = await store.put('the true bytes');
    await writeFile(fileOf(sha256), 'the true bytez');

    await expect(store.copyTo(sha256, join(directory, 'out'))).rejects.toThrow(
      ArtifactCorruptError,
    );

    expect(await readdir(directory)).toEqual(['store']);
  });

  it('heals a corrupt artifact when its bytes are put again', async () => {
    const sha256 = await store.put('the true bytes');
    await writeFile(fileOf(sha256), 'the true bytez');

    await store.put('the true bytes');

    expect((await store.get(sha256)).toString()).toBe('the true bytes');
  });

  it.each(['', 'abc', '../'.repeat(21) + 'x', 'A'.repeat(64), `${'a'.repeat(64)}\n`])(
    'refuses %j as a name, so that no path leads out of the directory',
    async (name) => {
      await expect(store.get(name)).rejects.toThrow('64 lower-case hex digits');
      await expect(store.has(name)).rejects.toThrow('64 lower-case hex digits');
      await expect(store.copyTo(name, join(directory, 'out'))).rejects.toThrow('64 lower-case');
    },
  );

  it('leaves nothing behind when a file to put cannot be read', async () => {
    await expect(store.putFile(join(directory, 'absent'))).rejects.toThrow('ENOENT');
    await expect(store.putFile(directory)).rejects.toThrow('EISDIR');

    expect(await readdir(directory)).toEqual([]);
  });
});
