import {
  ArtifactSettingsError,
  ArtifactStoreRefusedError,
  ArtifactStoreUnavailableError,
} from '../adapters/artifacts/artifact-store.ts';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { openArtifactStore } from '../adapters/artifacts/open-artifact-store.ts';
import type { OpenArtifactStore } from '../adapters/artifacts/open-artifact-store.ts';
import { ConfigurationError } from './configuration.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Opens the artifact store of a worker. One that is away does not keep a worker from starting: its
 * activities are tried again until it is back.
 *
 * @throws {ConfigurationError} when a setting is wrong, or the store answers and refuses us.
 */
export async function openWorkerArtifacts(
  setting: string,
  environment: Environment,
): Promise<ArtifactStore> {
  const store = open(setting, environment);
  try {
    await store.check();
  } catch (error) {
    if (error instanceof ArtifactStoreRefusedError) throw new ConfigurationError(error.message);
    if (!(error instanceof ArtifactStoreUnavailableError)) throw error;
  }
  return store;
}

function open(setting: string, environment: Environment): OpenArtifactStore {
  try {
    return openArtifactStore(setting, environment);
  } catch (error) {
    if (!(error instanceof ArtifactSettingsError)) throw error;
    throw new ConfigurationError(`the worker's environment is wrong: ${error.message}`);
  }
}
