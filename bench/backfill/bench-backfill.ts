import { isDeepStrictEqual } from 'node:util';
import { createOutput, fixed } from '../../cli/output.ts';
import type { Output } from '../../cli/output.ts';
import { packagePath } from '../../cli/package-path.ts';
import { addMonths } from '../../schemas/window.ts';
import { effectsIn, runBackfillCommand } from '../../test/support/backfill.ts';
import type { Interruption } from '../../test/support/backfill.ts';
import {
  removeDirectory,
  strategyLoop,
  temporaryDataDirectory,
} from '../../test/support/run-command.ts';
import { describeMachine } from '../machine.ts';

const STRATEGY = 'rsi-macd-spx';
const FIRST = '2005-01-01';
const YEARS = 10;

/**
 * Daily windows of some years (`STRATEGY_LOOP_BENCH_YEARS`, 10 by default), back-filled by one
 * command: once in one go, and once with Ctrl-C, `kill -9` of the worker, and Ctrl-C again. The two
 * stores must be the same.
 *
 * @returns whether they are.
 */
export async function benchBackfill(json: boolean): Promise<boolean> {
  const output = createOutput(json);
  const years = Number(process.env['STRATEGY_LOOP_BENCH_YEARS'] ?? YEARS);
  const third = Math.round((years * 252) / 3);
  const through = await measure(years, [], output);
  const broken = await measure(
    years,
    [
      [{ after: third, how: 'ctrl-c' }],
      [
        { after: third + 10, how: 'kill-worker' },
        { after: 2 * third, how: 'ctrl-c' },
      ],
      [],
    ],
    output,
  );
  const isSame = isDeepStrictEqual(through.effects, broken.effects);
  const figures = {
    windows: through.windows,
    throughSeconds: through.seconds,
    interruptedSeconds: broken.seconds,
    perWindowMs: (through.seconds / through.windows) * 1000,
    isSame,
  };
  output.answer(
    { command: 'npm run bench -- backfill', machine: describeMachine(), years, ...figures },
    `${String(figures.windows)} daily windows: ${fixed(through.seconds, 0)} s in one go ` +
      `(${fixed(figures.perWindowMs, 0)} ms each), ${fixed(broken.seconds, 0)} s interrupted; ` +
      `the stores are ${isSame ? 'the same' : 'NOT the same'}`,
  );
  return isSame;
}

/** One back-fill on a data directory of its own, in as many commands as there are lists. */
async function measure(
  years: number,
  runs: readonly (readonly Interruption[])[],
  output: Output,
): Promise<{ windows: number; seconds: number; effects: unknown }> {
  const directory = await temporaryDataDirectory();
  try {
    const file = packagePath('examples/strategies.yaml');
    await strategyLoop(['apply', '-f', file, '--yes', '--data-dir', directory]);
    const span = ['--from', FIRST, '--to', addMonths(FIRST, Math.round(12 * years))];
    const words = ['--strategy', STRATEGY, ...span, '--every', '1d'];
    let seconds = 0;
    let windows = 0;
    for (const interruptions of runs.length === 0 ? [[]] : runs) {
      const startedAt = performance.now();
      const { exitCode, stdout, stderr, interrupted } = await runBackfillCommand(
        directory,
        words,
        interruptions,
      );
      seconds += (performance.now() - startedAt) / 1000;
      output.note(`a run ended with ${String(exitCode)} after ${fixed(seconds, 0)} s`);
      const isEnd = !interruptions.some(({ how }) => how === 'ctrl-c');
      if (exitCode !== (isEnd ? 0 : 130) || interrupted < interruptions.length) {
        throw new Error(`the back-fill ended with ${String(exitCode)}: ${stderr.slice(-2000)}`);
      }
      if (isEnd) {
        windows = Number(/: (\d+) windows with bars are done/.exec(stdout)?.[1] ?? 0);
      }
    }
    return { windows, seconds, effects: await effectsIn(directory, STRATEGY) };
  } finally {
    await removeDirectory(directory);
  }
}
