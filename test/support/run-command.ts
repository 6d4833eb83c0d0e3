import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagePath } from '../../cli/package-path.ts';

/** What a run of the command printed, and how it ended. */
export interface CommandResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** Working directory; the project's by default. */
  readonly directory?: string;
  readonly environment?: Record<string, string>;
  /** Called once with the child's pid and everything printed so far, whenever it prints. */
  readonly onOutput?: (text: string, pid: number) => void;
}

/** Runs a program in the project as a user would: its own process, its own environment. */
export async function runCommand(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program = '', ...words] = argv;
  const child = spawn(program, words, {
    cwd: options.directory ?? packagePath('.'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      TMPDIR: tmpdir(),
      ...(process.env['STRATEGY_LOOP_CACHE'] === undefined
        ? {}
        : { STRATEGY_LOOP_CACHE: process.env['STRATEGY_LOOP_CACHE'] }),
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const tell = (): void => {
    options.onOutput?.(stdout + stderr, child.pid ?? 0);
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString('utf8');
    tell();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString('utf8');
    tell();
  });
  const exitCode = await new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  return { exitCode, stdout, stderr };
}

/** Runs `strategy-loop` to its end. */
export function strategyLoop(
  words: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return runCommand([process.execPath, packagePath('bin/strategy-loop.js'), ...words], options);
}

/** Runs the command with `--json` on a data directory and reads its document. */
export async function strategyLoopJson<T>(
  dataDirectory: string,
  words: readonly string[],
  options: CommandOptions = {},
): Promise<T> {
  const result = await strategyLoop([...words, '--data-dir', dataDirectory, '--json'], options);
  if (result.exitCode !== 0) {
    throw new Error(`${words.join(' ')} exited with ${String(result.exitCode)}: ${result.stderr}`);
  }
  return JSON.parse(result.stdout) as T;
}

/** An empty data directory that the database's user can reach, too. */
export async function temporaryDataDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'strategy-loop-data-'));
  await chmod(directory, 0o755);
  return directory;
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
