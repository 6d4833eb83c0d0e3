import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';

const LIMIT_MS = 60_000;

/**
 * Runs in a process of its own, because a download that hangs in the SDK's native code could not be
 * given up otherwise. The server that comes with the download is stopped at once.
 */
const SCRIPT = `
const [testing, downloadDir] = process.argv.slice(1);
const { TestWorkflowEnvironment } = require(testing);
const executable = { type: 'cached-download', downloadDir };
TestWorkflowEnvironment.createLocal({ server: { executable } })
  .then((environment) => environment.teardown())
  .catch((error) => { console.error(error.message); process.exitCode = 1; });
`;

/**
 * Downloads the program with Temporal's SDK.
 *
 * @param scratch an empty directory.
 * @throws when it cannot be downloaded within a minute; without a network, at once.
 */
export async function downloadTemporal(
  scratch: string,
  onProgress: (text: string) => void,
): Promise<string> {
  onProgress('downloading the Temporal server (once)');
  const require = createRequire(import.meta.url);
  const testing = require.resolve('@temporalio/testing');
  try {
    await promisify(execFile)(process.execPath, ['-e', SCRIPT, testing, scratch], {
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
  } catch (error) {
    throw new Error(reasonOf(error), { cause: error });
  }
  const program = await largestFile(scratch);
  if (program === null) {
    throw new Error('the download left no program');
  }
  return program;
}

function reasonOf(error: unknown): string {
  const { killed, stderr, message } = error as { killed?: boolean; stderr?: string } & Error;
  if (killed === true) {
    return `nothing came within ${String(LIMIT_MS / 1000)} s`;
  }
  const lines = (stderr ?? message).trim().split('\n');
  // From the address on, the SDK only repeats itself.
  return (lines.at(-1) ?? message).replace(/ for url .*/, '');
}

/** The download leaves the program and nothing else of its size. */
async function largestFile(directory: string): Promise<string | null> {
  let largest: { readonly path: string; readonly size: number } | null = null;
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    const stats = await stat(path);
    if (stats.isFile() && stats.size > (largest?.size ?? 0)) {
      largest = { path, size: stats.size };
    }
  }
  return largest?.path ?? null;
}
