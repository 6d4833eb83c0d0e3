import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { packagePath } from '../../cli/package-path.ts';
import { ensureCacheDirectory } from '../../infra/local/cache-directory.ts';

const run = promisify(execFile);

/** An environment with pinned peers in it, as far as they could be installed. */
export interface PeerEnvironment {
  /** Path of the interpreter; null when there is no Python. */
  readonly python: string | null;
  /** Why a package is not there, by its name. */
  readonly missing: Readonly<Record<string, string>>;
  /** Installed versions by name. */
  readonly versions: Readonly<Record<string, string>>;
}

const NOTE = 'peers.json';

/**
 * Makes the Python environment of the peers in the cache directory, once for each content of
 * `bench/peers/requirements.txt`. Packages are installed one by one, so that one that cannot be
 * had does not keep the others away.
 */
export async function ensurePeerEnvironment(
  tell: (text: string) => void,
): Promise<PeerEnvironment> {
  const pins = readFileSync(packagePath('bench/peers/requirements.txt'), 'utf8');
  const key = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  const directory = await ensureCacheDirectory('bench-peers', key);
  const note = join(directory, NOTE);
  if (existsSync(note)) return JSON.parse(readFileSync(note, 'utf8')) as PeerEnvironment;
  const python = join(directory, 'bin', 'python');
  try {
    await run('python3', ['-m', 'venv', '--clear', directory]);
  } catch (error) {
    return { python: null, missing: { python: reasonOf(error) }, versions: {} };
  }
  const missing: Record<string, string> = {};
  const versions: Record<string, string> = {};
  for (const pin of pins.split('\n').filter((line) => line !== '')) {
    const [name = '', version = ''] = pin.split('==');
    tell(`installing ${pin}`);
    try {
      const file = packagePath('bench/peers/requirements.txt');
      const options = ['--quiet', '--disable-pip-version-check', '--constraint', file];
      await run(python, ['-m', 'pip', 'install', ...options, pin]);
      versions[name] = version;
    } catch (error) {
      missing[name] = reasonOf(error);
    }
  }
  const environment = { python, missing, versions };
  writeFileSync(note, JSON.stringify(environment));
  return environment;
}

/** The last line that says something. */
export function reasonOf(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  return lines.at(-1)?.slice(0, 200) ?? 'unknown';
}
