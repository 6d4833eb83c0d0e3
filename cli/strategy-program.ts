import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { StrategyProgramInput } from '../schemas/backtest.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { packagePath } from './package-path.ts';

/** Signals that end the work: Ctrl-C reaches the whole process group, SIGTERM only us. */
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What the program says when it fails. */
interface FailureMessage {
  readonly exitCode: CommandExitCode;
  readonly message: string;
}

export type DocumentWay =
  /** The document goes to our own stdout as it is. */
  | 'print'
  /** The document is read and returned. */
  | 'read';

/**
 * Runs strategy code in a process of its own, without our environment.
 *
 * @returns the document when it is to be read, else undefined.
 * @throws {CommandError} when the program refuses the request, fails, or is interrupted; nothing
 *   has been printed then.
 */
export async function runStrategyProgram(
  input: StrategyProgramInput,
  way: DocumentWay,
): Promise<unknown> {
  const child = spawn(process.execPath, [packagePath('dist/jobs/backtest/main.js')], {
    env: { PATH: process.env['PATH'] ?? '' },
    stdio: ['pipe', way === 'print' ? 'inherit' : 'pipe', 'inherit', 'ipc'],
  });
  const told: FailureMessage[] = [];
  child.on('message', (message) => {
    told.push(message as FailureMessage);
  });
  const document = child.stdout === null ? Promise.resolve('') : text(child.stdout);
  const ended = endOf(child);
  // The child may end before it has read everything; its exit code says why.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(JSON.stringify(input));
  const code = await ended;
  if (code === 0) return way === 'read' ? (JSON.parse(await document) as unknown) : undefined;
  throw errorOf(code, told[0]);
}

async function endOf(child: ChildProcess): Promise<number | null> {
  const stopped = new AbortController();
  const stop = (): void => {
    stopped.abort();
    child.kill('SIGTERM');
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    return stopped.signal.aborted ? CommandExitCode.Interrupted : code;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

function errorOf(code: number | null, failure: FailureMessage | undefined): CommandError {
  if (code === CommandExitCode.Interrupted) {
    return new CommandError(CommandExitCode.Interrupted, 'interrupted; nothing was written');
  }
  if (failure !== undefined) return new CommandError(failure.exitCode, failure.message);
  return new CommandError(
    CommandExitCode.Bug,
    `the program that runs strategies ended without a word (exit code ${String(code)}); it may have run out of memory`,
  );
}
