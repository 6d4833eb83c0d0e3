/* eslint-disable jest/no-export -- it declares tests that other test files run */
import { createHash } from 'node:crypto';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ArtifactCorruptError,
  ArtifactMissingError,
} from '../../adapters/artifacts/artifact-store.ts';
import type { ArtifactStore } from '../../adapters/artifacts/artifact-store.ts';
import { scratchDirectory } from './scratch-directory.ts';

/** A store that is empty, and a way around it. */
export interface StoreSubject {
  readonly store: ArtifactStore;
  /** Names of everything that the store holds, complete or not. */
  names(): Promise<string[]>;
  /** Reads what is kept for an artifact, without the store. */
  readBehind(sha256: string): Promise<Buffer>;
  /** Puts other bytes in its place, without the store. */
  writeBehind(sha256: string, bytes: string): Promise<void>;
}

const MISSING = 'f'.repeat(64);
const MIB = 1024 * 1024;

/** Bytes of which no two pieces are the same, so that a part in a wrong place is found out. */
export function distinctBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let offset = 0; offset + 4 <= length; offset += 4) bytes.writeUInt32LE(offset, offset);
  return bytes;
}

/** What every store must do with an artifact whose bytes went bad behind it. */
async function refusesCorruptBytes(subject: StoreSubject, store: ArtifactStore): Promise<boolean> {
  const sha256 = await subject.store.put('the true bytes');
  await subject.writeBehind(sha256, 'the true bytez');
  return store.get(sha256).then(
    () => false,
    (error: unknown) => error instanceof ArtifactCorruptError && error.sha256 === sha256,
  );
}

/** The promises of {@link ArtifactStore}, as tests of one store. */
export function itKeepsArtifacts(open: () => Promise<StoreSubject>): void {
  let subject: StoreSubject;
  let store: ArtifactStore;
  let directory: string;

  beforeEach(async () => {
    directory = await scratchDirectory('artifacts');
    subject = await open();
    store = subject.store;
  });

  itGivesBackWhatWasPut(() => ({ subject, store, directory }));
  itRefusesWhatIsWrong(() => ({ subject, store, directory }));
}

type Given = () => {
  readonly subject: StoreSubject;
  readonly store: ArtifactStore;
  /** Empty, for files of the test. */
  readonly directory: string;
};

function itGivesBackWhatWasPut(given: Given): void {
  it('gives back what was put, by the SHA-256 of its bytes', async () => {
    const { store } = given();
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
    const { store, directory } = given();
    const sha256 = await store.put('');
    await store.copyTo(sha256, join(directory, 'out'));

    expect(await store.get(sha256)).toHaveLength(0);
    expect(await readFile(join(directory, 'out'))).toHaveLength(0);
  });

  it('stores a file and copies it out again', async () => {
    const { store, directory } = given();
    const bytes = Buffer.alloc(300_000, 'strategy');
    await writeFile(join(directory, 'in'), bytes);

    const sha256 = await store.putFile(join(directory, 'in'));
    await store.copyTo(sha256, join(directory, 'out'));

    expect(await readFile(join(directory, 'out'))).toEqual(bytes);
  });

  it('stores a file of 64 MiB and copies it out again', async () => {
    const { subject, store, directory } = given();
    const bytes = distinctBytes(64 * MIB);
    await writeFile(join(directory, 'in'), bytes);

    const sha256 = await store.putFile(join(directory, 'in'));
    await store.copyTo(sha256, join(directory, 'out'));

    expect((await readFile(join(directory, 'out'))).equals(bytes)).toBe(true);
    expect((await store.get(sha256)).equals(bytes)).toBe(true);
    expect(await store.putFile(join(directory, 'in'))).toBe(sha256);
    expect(await subject.names()).toEqual([nameOf(sha256)]);
  });

  it('takes the same bytes from many writers at once and leaves nothing else behind', async () => {
    const { subject, store } = given();
    const hashes = await Promise.all(Array.from({ length: 32 }, () => store.put('same')));

    expect(new Set(hashes).size).toBe(1);
    expect((await store.get(String(hashes[0]))).toString()).toBe('same');
    expect(await subject.names()).toEqual([nameOf(String(hashes[0]))]);
  });
}

function itRefusesWhatIsWrong(given: Given): void {
  it('says that an artifact is missing', async () => {
    const { store, directory } = given();

    await expect(store.get(MISSING)).rejects.toThrow(ArtifactMissingError);
    await expect(store.copyTo(MISSING, join(directory, 'out'))).rejects.toThrow(
      ArtifactMissingError,
    );
    expect(await readdir(directory)).toEqual([]);
  });

  it('refuses corrupt bytes', async () => {
    const { subject, store } = given();

    expect(await refusesCorruptBytes(subject, store)).toBe(true);
  });

  it('would notice a store that does not verify', async () => {
    const { subject, store } = given();
    const careless = { ...store, get: (sha256: string) => subject.readBehind(sha256) };

    expect(await refusesCorruptBytes(subject, careless)).toBe(false);
  });

  it('copies nothing when the bytes are corrupt', async () => {
    const { subject, store, directory } = given();
    const sha256 = await store.put('the true bytes');
    await subject.writeBehind(sha256, 'the true bytez');

    await expect(store.copyTo(sha256, join(directory, 'out'))).rejects.toThrow(
      ArtifactCorruptError,
    );

    expect(await readdir(directory)).toEqual([]);
  });

  it('heals a corrupt artifact when its bytes are put again', async () => {
    const { subject, store } = given();
    const sha256 = await store.put('the true bytes');
    await subject.writeBehind(sha256, 'the true bytez');

    await store.put('the true bytes');

    expect((await store.get(sha256)).toString()).toBe('the true bytes');
  });

  it.each(['', 'abc', '../'.repeat(21) + 'x', 'A'.repeat(64), `${'a'.repeat(64)}\n`])(
    'refuses %j as a name, so that no path leads out of the store',
    async (name) => {
      const { store, directory } = given();

      await expect(store.get(name)).rejects.toThrow('64 lower-case hex digits');
      await expect(store.has(name)).rejects.toThrow('64 lower-case hex digits');
      await expect(store.copyTo(name, join(directory, 'out'))).rejects.toThrow('64 lower-case');
    },
  );

  it('leaves nothing behind when a file to put cannot be read', async () => {
    const { subject, store, directory } = given();

    await expect(store.putFile(join(directory, 'absent'))).rejects.toThrow('ENOENT');
    await expect(store.putFile(directory)).rejects.toThrow('EISDIR');

    expect(await readdir(directory)).toEqual([]);
    expect(await subject.names()).toEqual([]);
  });
}

function nameOf(sha256: string): string {
  return `${sha256.slice(0, 2)}/${sha256.slice(2)}`;
}
