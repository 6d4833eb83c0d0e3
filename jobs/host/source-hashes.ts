import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENGINE_VERSION } from '../../engine/version.ts';
import { SOURCE_HASHES_FILE, SourceHashes } from '../../schemas/source-hashes.ts';
import { codeOf } from '../contract/job-files.ts';

const FILE = SOURCE_HASHES_FILE;

/** Beside the built program, or in the build beside the sources when these run directly. */
const PLACES = [`../../${FILE}`, `../../dist/${FILE}`].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/**
 * Reads the hashes that the build wrote.
 *
 * @param places paths to try, in order.
 * @throws {Error} when no build has written them.
 */
export function readSourceHashes(places: readonly string[] = PLACES): SourceHashes {
  for (const place of places) {
    const text = readIfThere(place);
    if (text !== null) {
      return SourceHashes.parse(JSON.parse(text));
    }
  }
  throw new Error(
    `${FILE} must lie in the build, was not found at ${places.join(' or ')}. Run "npm run build".`,
  );
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      return null;
    }
    throw error;
  }
}

/** Version of the engine as manifests carry it: its rules' version and its sources' hash. */
export function engineVersionOf(hashes: SourceHashes): string {
  return `${ENGINE_VERSION}+${hashes.engine.slice(0, 12)}`;
}

/** What a challenger's manifest says about the code that made it. */
interface Origin {
  readonly strategySource: string;
  readonly trainerLock: string;
  readonly engineVersion: string;
}

/** @throws {Error} when the build does not know the strategy or the trainer job. */
export function originOf(hashes: SourceHashes, strategyId: string, trainerJob: string): Origin {
  return {
    strategySource: entryOf(hashes.strategies, strategyId, 'strategies'),
    trainerLock: entryOf(hashes.trainers, trainerJob, 'trainers'),
    engineVersion: engineVersionOf(hashes),
  };
}

function entryOf(entries: Readonly<Record<string, string>>, key: string, part: string): string {
  const hash = Object.hasOwn(entries, key) ? entries[key] : undefined;
  if (hash === undefined) {
    throw new Error(`${part} in ${FILE} must have ${key}, was without it. Run "npm run build".`);
  }
  return hash;
}
