import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { ROOT } from './repository.ts';
import { runCommand } from './run-command.ts';
import type { CommandResult as Result } from './run-command.ts';

/** A finished command; `document` is what it printed with `--json`, else null. */
export interface CommandResult extends Result {
  readonly document: unknown;
}

const PROGRAM = [process.execPath, 'bin/strategy-loop.js'] as const;

async function finish(argv: readonly string[], directory = ROOT): Promise<CommandResult> {
  const result = await runCommand(argv, { directory });
  return { ...result, document: parsed(result.stdout) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Runs `strategy-loop` to its end. */
export function strategyLoop(...words: string[]): Promise<CommandResult> {
  return finish([...PROGRAM, ...words]);
}

/** Runs `strategy-loop` in another directory, as a user of the installed package would. */
export function strategyLoopIn(directory: string, ...words: string[]): Promise<CommandResult> {
  const [node, program] = PROGRAM;
  return finish([node, join(ROOT, program), ...words], directory);
}

/** Runs `npm` in the project to its end. */
export function npm(...words: string[]): Promise<CommandResult> {
  return finish(['npm', ...words]);
}

/** Starts `strategy-loop` and leaves it running; its document arrives on stdout. */
export function startStrategyLoop(...words: string[]): ChildProcess {
  const [node, ...program] = PROGRAM;
  return spawn(node, [...program, ...words], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** The first JSON document that a running command prints. */
export async function firstDocument(child: ChildProcess): Promise<unknown> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const document = parsed(text);
      if (document !== null) resolve(document);
    });
    child.once('exit', (code) => {
      reject(new Error(`the command ended with ${String(code)} before it printed its document`));
    });
  });
}
