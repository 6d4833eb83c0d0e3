import { readdirSync, readFileSync } from 'node:fs';
import { createOutput } from '../../cli/output.ts';
import { openSession } from '../../cli/session.ts';
import { effectsOf } from './effects.ts';
import { strategyLoop } from './run-command.ts';
import type { CommandResult } from './run-command.ts';

/** What is done to a back-fill while it runs, and after how many windows. */
export interface Interruption {
  readonly after: number;
  /** `ctrl-c` ends the command; `kill-worker` kills its worker, and the command goes on. */
  readonly how: 'ctrl-c' | 'kill-worker';
}

/** Process id of the worker that a command has started. */
function workerOf(commandPid: number): number | null {
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const parent = /^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${name}/stat`, 'utf8'))?.[1];
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      if (Number(parent) === commandPid && command.includes('workers/embedded.js')) {
        return Number(name);
      }
    } catch {
      // It ended while we looked.
    }
  }
  return null;
}

/** Runs `schedule backfill` and interrupts it as its progress tells. */
export async function runBackfillCommand(
  directory: string,
  words: readonly string[],
  interruptions: readonly Interruption[] = [],
): Promise<CommandResult & { readonly interrupted: number }> {
  const open = [...interruptions];
  const result = await strategyLoop(['schedule', 'backfill', ...words, '--data-dir', directory], {
    onOutput: (text, pid) => {
      const done = Number([...text.matchAll(/: (\d+) of \d+ windows/g)].at(-1)?.[1] ?? 0);
      const next = open[0];
      if (next === undefined || done < next.after) return;
      open.shift();
      if (next.how === 'ctrl-c') {
        process.kill(pid, 'SIGINT');
        return;
      }
      const worker = workerOf(pid);
      if (worker === null) throw new Error('the command has no worker');
      process.kill(worker, 'SIGKILL');
    },
  });
  return { ...result, interrupted: interruptions.length - open.length };
}

/** All that the back-fill has done to the store, without times. */
export async function effectsIn(directory: string, strategyId: string): Promise<unknown> {
  const session = await openSession({
    dataDirectory: directory,
    output: createOutput(true),
    withWorker: false,
  });
  try {
    return await effectsOf(session.pool, strategyId);
  } finally {
    await session.close();
  }
}
