import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory, ensureCacheDirectory } from '../../infra/local/cache-directory.ts';
import { goInstall } from '../../infra/local/go-install.ts';

/** An S3 server on a directory, github.com/versity/versitygw, Apache-2.0. */
const VERSION = 'v1.8.0';
const NAME = `versitygw-${VERSION}`;

/** @returns the program's path in the cache; null when it was not installed there. */
export function installedS3Program(): string | null {
  const path = join(cacheDirectory(), 'bin', NAME);
  return existsSync(path) ? path : null;
}

/** For the title of what needs it: empty, or why it is skipped. */
export const S3_REMARK =
  installedS3Program() === null
    ? ' (skipped: no versitygw in the cache; `node dist/test/support/install-s3-program.js` compiles it)'
    : '';

/**
 * Puts the program into the cache: 80 s on 2 cores when nothing was compiled before (measured
 * 2026-11-21).
 *
 * @throws when Go is missing or too old, or the build fails.
 */
export async function installS3Program(onProgress: (text: string) => void): Promise<string> {
  const installed = installedS3Program();
  if (installed !== null) return installed;
  const bin = await ensureCacheDirectory('bin');
  const scratch = await ensureCacheDirectory('bin', `.s3-${String(process.pid)}`);
  try {
    const module = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`;
    const program = { module, goMinorMin: 25, title: 'versitygw', duration: 'about two minutes' };
    await goInstall(program, scratch, onProgress);
    await chmod(join(scratch, 'versitygw'), 0o755);
    await rename(join(scratch, 'versitygw'), join(bin, NAME));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return join(bin, NAME);
}
