import { parseArtifactLocation } from './artifact-location.ts';
import type { ArtifactStore } from './artifact-store.ts';
import { createFileArtifactStore } from './file-store.ts';
import { readS3Settings } from './s3-settings.ts';
import type { S3ArtifactStore } from './s3-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A store, and whether it can be used; a directory is made when it is first written to. */
export type OpenArtifactStore = ArtifactStore & Pick<S3ArtifactStore, 'check'>;

/**
 * Opens the store that a setting names. Nothing is asked of it before it is used or checked, and
 * the SDK of an object store is loaded then, because it is large.
 *
 * @param setting a directory or an `s3://` URL.
 * @throws {ArtifactSettingsError} when it, or a variable about the object store, is wrong.
 */
export function openArtifactStore(
  setting: string,
  environment: Environment = process.env,
): OpenArtifactStore {
  const location = parseArtifactLocation(setting);
  if (location.kind === 'directory') {
    return { ...createFileArtifactStore(location.path), check: () => Promise.resolve() };
  }
  const settings = readS3Settings(location, environment);
  let opening: Promise<S3ArtifactStore> | null = null;
  const store = (): Promise<S3ArtifactStore> => {
    opening ??= import('./s3-store.ts').then((module) => module.createS3ArtifactStore(settings));
    return opening;
  };
  return {
    put: async (bytes) => (await store()).put(bytes),
    putFile: async (path) => (await store()).putFile(path),
    get: async (sha256) => (await store()).get(sha256),
    has: async (sha256) => (await store()).has(sha256),
    copyTo: async (sha256, path) => (await store()).copyTo(sha256, path),
    check: async () => (await store()).check(),
  };
}
