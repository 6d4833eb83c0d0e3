import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const LIMIT_MS = 20 * 60_000;
const PROGRESS_MS = 15_000;

const run = promisify(execFile);

/** A program that the Go toolchain of this machine compiles. */
export interface GoProgram {
  /** Package and version, as `go install` takes them. */
  readonly module: string;
  /** E.g. 25 for Go 1.25. */
  readonly goMinorMin: number;
  /** E.g. "the Temporal server". */
  readonly title: string;
  /** How long it takes when nothing was compiled before, in words. */
  readonly duration: string;
}

/**
 * Compiles a program into a directory.
 *
 * @param scratch an empty directory.
 * @throws when Go is missing or too old, or the build fails.
 */
export async function goInstall(
  { module, goMinorMin, title, duration }: GoProgram,
  scratch: string,
  onProgress: (text: string) => void,
): Promise<void> {
  await requireGo(goMinorMin);
  const startedAt = performance.now();
  onProgress(`compiling ${title} with Go (once; takes ${duration})`);
  const ticker = setInterval(() => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    onProgress(`still compiling ${title} (${String(seconds)} s)`);
  }, PROGRESS_MS);
  try {
    await run('go', ['install', module], {
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
}

async function requireGo(minorMin: number): Promise<void> {
  const needed = `Go 1.${String(minorMin)} or later is needed`;
  let text: string;
  try {
    text = (await run('go', ['version'])).stdout;
  } catch (error) {
    throw new Error(`${needed}, and there is no go on the PATH`, { cause: error });
  }
  const minor = Number(/\bgo1\.(\d+)/.exec(text)?.[1] ?? 0);
  if (minor < minorMin) {
    throw new Error(`${needed}, and this is ${text.trim()}`);
  }
}
