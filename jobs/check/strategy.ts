import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import { strategyById } from '../../strategies/registry.ts';
import type { BoundStrategy } from '../../strategies/strategy.ts';
import type { JobContext } from '../contract/job.ts';
import { findLeaks, type Leak } from './look-ahead.ts';
import { syntheticBars } from './scramble.ts';
import { firstDecisionOf, strategyRun } from './strategy-run.ts';
import { checkWarmUp } from './warm-up.ts';

type Context = JobContext<'check/strategy'>;
type Result = ResultOf<'check/strategy'>;

const ROWS_LISTED_MAX = 100;

/** Starts of shorter histories that `warm-up` compares. */
const STARTS = 10;

/** Rows between two lines of progress. */
const PROGRESS_ROWS = 50;

/**
 * Proves on every row that a strategy does not look ahead, or at several starts that its warm-up is
 * long enough.
 *
 * @throws {SettingsError} when the strategy or its parameters are unknown.
 */
export function run({ input, log }: Context): Promise<Result> {
  const strategy = strategyById(input.strategyId);
  const bound = strategy.bind(input.parameters ?? strategy.defaultParameters);
  const result = input.check === 'look-ahead' ? lookAhead(bound, input, log) : warmUp(bound, input);
  return Promise.resolve(result);
}

function lookAhead(
  strategy: BoundStrategy,
  { strategyId, rows, seed, check }: Context['input'],
  log: Context['log'],
): Result {
  const fromRow = firstDecisionOf(strategy);
  const bars = syntheticBars(fromRow + rows, seed);
  const leaks = findLeaks(strategyRun(strategy), bars, {
    fromRow,
    onRow: (done) => {
      if (done % PROGRESS_ROWS === 0) {
        log(`${String(done)} of ${String(rows)} rows checked`);
      }
    },
  });
  const passed = leaks.length === 0;
  return { check, strategyId, passed, fromRow, rows, leaks: byKind(leaks), starts: [] };
}

function byKind(leaks: readonly Leak[]): Result['leaks'] {
  const kinds = [...new Set(leaks.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const found = leaks.filter((leak) => leak.kind === kind).map(({ row }) => row);
    return { kind, rows: found.slice(0, ROWS_LISTED_MAX), total: found.length };
  });
}

/** The longest shorter history begins after the warm-up, so that the whole one is twice as long. */
function warmUp(
  strategy: BoundStrategy,
  { strategyId, rows, seed, check }: Context['input'],
): Result {
  const first = firstDecisionOf(strategy);
  const fromRow = 2 * first;
  const bars = syntheticBars(fromRow + rows, seed);
  const step = Math.floor(rows / STARTS);
  const rowsOfStarts = Array.from({ length: STARTS }, (_, start) => first + start * step);
  const starts = checkWarmUp(strategy, bars, rowsOfStarts);
  const passed = starts.every((start) => start.passed);
  return { check, strategyId, passed, fromRow, rows, leaks: [], starts };
}
