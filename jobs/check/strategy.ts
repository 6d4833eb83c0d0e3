import { readPriceFile } from '../../adapters/feeds/read-price-file.ts';
import { curveOf, type SeriesBar } from '../../engine/futures/curve.ts';
import { xoshiro } from '../../engine/random.ts';
import { counted } from '../../schemas/counted.ts';
import { CHECK_DATA_FILE, type FoundLeak } from '../../schemas/jobs/check.ts';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import type { StrategySource } from '../../schemas/strategy-places.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { checkAccountOptions } from '../backtest/account-options.ts';
import { refusalMessage } from '../collect/fetch.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext } from '../contract/job.ts';
import { findStrategy } from '../host/find-strategy.ts';
import { logsSha256 } from './engine-log.ts';
import { findLeaks, type Leak } from './look-ahead.ts';
import { parityCase } from './parity-case.ts';
import { findDifferences, PARITY_RUNS, threadedRun } from './parity.ts';
import { syntheticBars } from './scramble.ts';
import { firstDecisionOf, strategyRun } from './strategy-run.ts';
import { checkWarmUp } from './warm-up.ts';

type Context = JobContext<'check/strategy'>;
type Result = ResultOf<'check/strategy'>;

const ROWS_LISTED_MAX = 100;

/** Starts of shorter histories that `warm-up` compares. */
const STARTS = 10;

/** Rows of made-up bars, and the fewest of a file. */
const ROWS = 200;
const ROWS_MIN = 10;

/** Rows between two lines of progress. */
const PROGRESS_ROWS = 50;

/**
 * Proves on every row that a strategy does not look ahead, at several starts that its warm-up is long
 * enough, or that sweep, engine and resumed engine decide the same.
 *
 * @throws {SettingsError} when the strategy or its parameters are unknown.
 */
export async function run(asked: Context): Promise<Result> {
  const { log } = asked;
  const { strategy, source } = await findStrategy(
    asked.input.strategyId,
    asked.input.places ?? null,
    '<strategy>',
  );
  const input = { ...asked.input, strategyId: strategy.id };
  const context = { ...asked, input };
  if (input.check === 'parity') return parity(strategy, source, context);
  const bound = strategy.bind(input.parameters ?? strategy.defaultParameters);
  const found =
    input.check === 'look-ahead' ? lookAhead(bound, context, log) : warmUp(bound, context);
  return { ...emptyResult(input), ...found };
}

function emptyResult({ check, strategyId, rows }: Context['input']): Result {
  return {
    ...{ check, strategyId, rows: rows ?? ROWS, rowsLeft: 0, passed: false, fromRow: 0 },
    ...{ leaks: [], starts: [], runs: [], differences: [], logSha256: null },
  };
}

/** Parameters that are given hold in every set; all others are drawn as a search draws them. */
async function parity(
  strategy: Strategy,
  source: StrategySource | null,
  context: Context,
): Promise<Result> {
  const { input, log } = context;
  const { parameters, sets: count, threads } = input;
  const rows = input.rows ?? ROWS;
  const random = xoshiro(input.seed);
  const sets = Array.from({ length: count }, (_, at) => ({
    ...((at === 0 ? null : strategy.sample?.(random)) ?? strategy.defaultParameters),
    ...parameters,
  }));
  const fromRow = Math.max(...sets.map((set) => firstDecisionOf(strategy.bind(set))));
  const bars = fileBars(context) ?? syntheticBars(fromRow + rows, input.seed);
  for (const set of sets) checkBars(strategy.bind(set), bars, input);
  const runs = [...PARITY_RUNS, ...threads.map(threadedRun)];
  const { differences, expected } = await findDifferences(
    { ...parityCase(strategy, bars, sets), source },
    runs,
  );
  log(`${counted(sets.length, 'parameter set')} over ${counted(bars.length, 'bar')} compared`);
  return {
    ...emptyResult(input),
    passed: differences.length === 0,
    rows: bars.length,
    runs: runs.map(({ name }) => name),
    differences,
    logSha256: logsSha256(expected),
  };
}

/**
 * Bars to check: made up, or the last ones of the price file.
 *
 * @param file the bars of that file; null without one.
 * @throws {BadInputError} when the file has too few.
 */
function barsFor(
  { dataFile, seed }: Context['input'],
  file: readonly SeriesBar[] | null,
  count: number,
): readonly SeriesBar[] {
  if (file === null) return syntheticBars(count, seed);
  if (file.length < count) {
    throw new BadInputError(
      `${dataFile ?? ''} must have at least ${String(count)} rows for the warm-up and the rows to check, was ${String(file.length)}. Use a longer file or fewer --rows.`,
    );
  }
  return file.slice(-count);
}

/** @throws {BadInputError} when the parameters ask for columns that the file lacks. */
function checkBars(
  strategy: BoundStrategy,
  bars: readonly SeriesBar[],
  { strategyId, dataFile }: Context['input'],
): void {
  const request = { strategyId, sizing: 'target', dataFile: dataFile ?? 'the bars' } as const;
  checkAccountOptions(request, strategy, { curve: curveOf(bars.slice(0, 1)) });
}

/**
 * @returns the bars of the price file; null without one.
 * @throws {BadInputError} when it is refused.
 */
function fileBars({ input, readFile }: Context): readonly SeriesBar[] | null {
  const { dataFile, now } = input;
  if (dataFile === null) return null;
  const file = readPriceFile(Buffer.from(readFile(CHECK_DATA_FILE)), { now });
  if (file.report.verdict === 'refuse') throw new BadInputError(refusalMessage(dataFile, file));
  return file.bars;
}

function lookAhead(
  strategy: BoundStrategy,
  context: Context,
  log: Context['log'],
): Partial<Result> {
  const fromRow = firstDecisionOf(strategy);
  const file = fileBars(context);
  const inFile = file === null ? null : file.length - fromRow;
  const rows = context.input.rows ?? Math.max(ROWS_MIN, inFile ?? ROWS);
  const bars = barsFor(context.input, file, fromRow + rows);
  checkBars(strategy, bars, context.input);
  const leaks = findLeaks(strategyRun(strategy), bars, {
    fromRow,
    onRow: (done) => {
      if (done % PROGRESS_ROWS === 0) {
        log(`${String(done)} of ${String(rows)} rows checked`);
      }
    },
  });
  const rowsLeft = inFile === null ? 0 : inFile - rows;
  return { passed: leaks.length === 0, fromRow, rows, rowsLeft, leaks: leaksByKind(leaks) };
}

/** Leaks as evidence lists them: by how they were found, the first 100 rows of each. */
export function leaksByKind(leaks: readonly Leak[]): FoundLeak[] {
  const kinds = [...new Set(leaks.map(({ kind }) => kind))];
  return kinds.map((kind) => {
    const found = leaks.filter((leak) => leak.kind === kind).map(({ row }) => row);
    return { kind, rows: found.slice(0, ROWS_LISTED_MAX), total: found.length };
  });
}

/** The longest shorter history begins after the warm-up, so that the whole one is twice as long. */
function warmUp(strategy: BoundStrategy, context: Context): Partial<Result> {
  const rows = context.input.rows ?? ROWS;
  const first = firstDecisionOf(strategy);
  const fromRow = 2 * first;
  const bars = barsFor(context.input, fileBars(context), fromRow + rows);
  checkBars(strategy, bars, context.input);
  const step = Math.floor(rows / STARTS);
  const rowsOfStarts = Array.from({ length: STARTS }, (_, start) => first + start * step);
  const starts = checkWarmUp(strategy, bars, rowsOfStarts);
  return { passed: starts.every((start) => start.passed), fromRow, starts };
}
