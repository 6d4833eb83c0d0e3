import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The newest version that `go install` can build; later ones replace a module by a local folder in
 * their go.mod, which Go refuses to install from elsewhere. Carries Temporal server 1.29.1.
 */
const MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';
const GO_MINOR_MIN = 25;
const LIMIT_MS = 20 * 60_000;
const PROGRESS_MS = 15_000;

const run = promisify(execFile);

/**
 * Compiles the program with the Go toolchain of this machine: 2.5 minutes on 2 cores when nothing
 * was compiled before (measured 2026-11-21).
 *
 * @param scratch an empty directory.
 * @throws when Go is missing or too old, or the build fails.
 */
export async function compileTemporal(
  scratch: string,
  onProgress: (text: string) => void,
): Promise<string> {
  await requireGo();
  const startedAt = performance.now();
  onProgress('compiling the Temporal server with Go (once; takes about three minutes)');
  const ticker = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    onProgress(`still compiling the Temporal server (${String(seconds)} s)`);
  }, PROGRESS_MS);
  try {
    await run('go', ['install', MODULE], {
      env: { ...process.env, GOBIN: scratch },
      timeout: LIMIT_MS,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string } & Error;
    const lines = (stderr ?? '').trim().split('\n').slice(-3).join('; ');
    throw new Error(lines === '' ? message : lines, { cause: error });
  } finally {
    clearInterval(ticker);
  }
  return join(scratch, 'temporal');
}

async function requireGo(): Promise<void> {
  const needed = `Go 1.${String(GO_MINOR_MIN)} or later is needed`;
  let text: string;
  try {
    text = (await run('go', ['version'])).stdout;
  } catch (error) {
    throw new Error(`${needed}, and there is no go on the PATH`, { cause: error });
  }
  const minor = Number(/\bgo1\.(\d+)/.exec(text)?.[1] ?? 0);
  if (minor < GO_MINOR_MIN) {
    throw new Error(`${needed}, and this is ${text.trim()}`);
  }
}
