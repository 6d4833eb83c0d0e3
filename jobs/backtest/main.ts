/**
 * The program that runs strategy code for `strategy-loop backtest` and `sweep`: one request as JSON
 * on stdin, one document as JSON on stdout. A failure goes to the parent as a message, so that
 * there is one way in which the command reports one. It is a process of its own because strategy
 * code is never loaded where the credentials of a database or a broker may be.
 */
import { text } from 'node:stream/consumers';
import { JobExitCode } from '../../schemas/exit-code.ts';
import { StrategyRequest } from '../../schemas/backtest.ts';
import { strategyById } from '../../strategies/registry.ts';
import { runBacktest } from './backtest.ts';
import { loadBars } from './load-bars.ts';

/** Errors that mean that the request, its files or the strategy are wrong. */
const BAD_INPUT = new Set(['BadInputError', 'SettingsError', 'ModelError']);

async function answer(request: StrategyRequest): Promise<unknown> {
  const strategy = strategyById(request.strategyId);
  const bars = loadBars(request.dataFile, request.now);
  if (request.command === 'backtest') {
    return runBacktest(request, strategy, bars);
  }
  // Loaded on demand: a back-test needs no threads.
  const { runSweep } = await import('./sweep.ts');
  return runSweep(request, strategy, bars, request.progress ? progressLine() : undefined);
}

/** Says how far a sweep is, when that has changed. */
function progressLine(): (done: number) => void {
  let said = -1;
  return (done) => {
    if (done === said) return;
    said = done;
    process.stderr.write(`sweep: ${String(done)} parameter sets done\n`);
  };
}

async function main(): Promise<number> {
  try {
    const request = StrategyRequest.parse(JSON.parse(await text(process.stdin)));
    await print(`${JSON.stringify(await answer(request), null, 2)}\n`);
    return JobExitCode.Ok;
  } catch (error) {
    return tell(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Resolves when the whole text is with the reader: a process that exits drops what is not. */
function print(document: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(document, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function tell(error: Error): Promise<number> {
  const isBadInput = BAD_INPUT.has(error.name);
  const message = isBadInput ? error.message : (error.stack ?? error.message);
  const exitCode = isBadInput ? JobExitCode.BadInput : JobExitCode.Bug;
  await new Promise<void>((resolve) => {
    if (process.send === undefined) {
      process.stderr.write(`${message}\n`, () => {
        resolve();
      });
    } else {
      process.send({ exitCode, message }, () => {
        resolve();
      });
    }
  });
  return exitCode;
}

// Ends at once: native libraries may keep threads that would hold the process open.
process.exit(await main());
