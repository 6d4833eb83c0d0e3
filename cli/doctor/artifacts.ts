import { ARTIFACTS, parseArtifactLocation } from '../../adapters/artifacts/artifact-location.ts';
import {
  ArtifactSettingsError,
  ArtifactStoreUnavailableError,
} from '../../adapters/artifacts/artifact-store.ts';
import { openArtifactStore } from '../../adapters/artifacts/open-artifact-store.ts';
import type { LocalStack } from '../../infra/local/stack.ts';
import { lookAtRights } from './directories.ts';
import type { Check, Verdict } from './finding.ts';
import { fail, ok } from './finding.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where artifacts are kept, and whether that place can be used.
 *
 * @param stack that runs on the data directory; its place counts, whatever our environment says.
 */
export function artifactChecks(stack: Pick<LocalStack, 'artifacts'> | null): Check[] {
  return [
    { area: 'servers', name: 'artifact store', look: () => lookAtArtifacts(stack, process.env) },
  ];
}

/** Asks an object store for its bucket; looks at the rights of a directory. */
export async function lookAtArtifacts(
  stack: Pick<LocalStack, 'artifacts'> | null,
  environment: Environment,
): Promise<Verdict> {
  const setting = stack?.artifacts ?? environment[ARTIFACTS] ?? '';
  if (setting === '') return ok('artifacts/ of the data directory');
  const mend = `set ${ARTIFACTS} to a place that can be used, or unset it`;
  try {
    const location = parseArtifactLocation(setting);
    if (location.kind === 'directory') return await lookAtRights(location.path, mend);
    await openArtifactStore(setting, environment).check();
    return ok(`${setting} answers, and has the bucket`);
  } catch (error) {
    if (error instanceof ArtifactSettingsError) return fail(error.message, mend);
    if (!(error instanceof ArtifactStoreUnavailableError)) throw error;
    return fail(error.trouble.what, error.trouble.wayOut);
  }
}
