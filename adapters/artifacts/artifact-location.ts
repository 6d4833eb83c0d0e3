import { resolve } from 'node:path';
import { ArtifactSettingsError } from './artifact-store.ts';

/** Setting that says where artifacts are kept. */
export const ARTIFACTS = 'STRATEGY_LOOP_ARTIFACTS';

/** Where artifacts are kept. */
export type ArtifactLocation =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 's3'; readonly bucket: string; readonly prefix: string };

const RULE =
  'must be a directory or s3://bucket/prefix: the bucket 3 to 63 of a-z 0-9 . -, ' +
  'the prefix of letters, digits and - _ . between single slashes, or no prefix';
/** A misspelt URL would otherwise be a directory of that name. */
const SCHEME = /^(s3:|[a-z][a-z0-9+.-]*:\/\/)/i;
const S3 = /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(\/(?<prefix>.*))?$/;
const PREFIX_PART = /^[A-Za-z0-9_.-]+$/;

/** @returns null when the text is no location; credentials in a URL make it none. */
function parse(text: string): ArtifactLocation | null {
  if (text === '') return null;
  if (!SCHEME.test(text)) return { kind: 'directory', path: text };
  const { bucket, prefix = '' } = S3.exec(text)?.groups ?? {};
  if (bucket === undefined) return null;
  const parts = prefix === '' ? [] : prefix.replace(/\/$/, '').split('/');
  const isPlain = parts.every((part) => PREFIX_PART.test(part) && part !== '.' && part !== '..');
  return isPlain ? { kind: 's3', bucket, prefix: parts.join('/') } : null;
}

/** @returns the rule that a location breaks; null when it breaks none. */
export function artifactLocationProblem(text: string): string | null {
  return parse(text) === null ? RULE : null;
}

/** @throws {ArtifactSettingsError} with the rule. */
export function parseArtifactLocation(text: string): ArtifactLocation {
  const location = parse(text);
  if (location === null) throw new ArtifactSettingsError(`${ARTIFACTS}: ${RULE}`);
  return location;
}

/**
 * Where a command and what it starts keep artifacts, as a text that means the same in every
 * working directory.
 *
 * @param fallback the place when the environment names none.
 * @throws {ArtifactSettingsError} when it names one that is wrong.
 */
export function chosenArtifacts(
  environment: Readonly<Record<string, string | undefined>>,
  fallback: string,
): string {
  const text = environment[ARTIFACTS] ?? '';
  if (text === '') return fallback;
  const location = parseArtifactLocation(text);
  return location.kind === 'directory' ? resolve(location.path) : text;
}
