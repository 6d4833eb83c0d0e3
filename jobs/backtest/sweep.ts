import { basename } from 'node:path';
import { barSeries, type BarSeries } from '../../engine/bar-series.ts';
import { planEwmacCarry, type EwmacCarrySet } from '../../engine/sweep/ewmac-carry-kernel.ts';
import {
  planRsiMacd,
  planWords,
  type RsiMacdParameters,
} from '../../engine/sweep/rsi-macd-kernel.ts';
import type { SweepFigures } from '../../engine/sweep/sweep-result.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';
import { checkAccountOptions } from './account-options.ts';
import { firstDecisionOf } from './first-decision.ts';
import { readNamedFile } from './load-bars.ts';
import { loadPredictions } from './load-predictions.ts';
import { bindParameters, parseJson } from './parameters.ts';
import {
  RESULT_WIDTH,
  sharedCurve,
  sharedFloats,
  sharedInts,
  type FuturesKernelJob,
  type SweepJob,
} from './sweep-job.ts';
import { SweepPool, type ProgressListener } from './sweep-pool.ts';

/** Figures of one parameter set, as `strategy-loop sweep --json` prints them. */
export interface SweepRow extends SweepFigures {
  /** As given. */
  readonly params: unknown;
}

/** The strategies whose sweeps have a kernel; all others run bar by bar. */
const RSI_MACD = 'rsi-macd';
const EWMAC_CARRY = 'ewmac-carry';

/** Which parameter sets of a sweep are run, and what is computed beside their rows. */
export interface SweepPart {
  /** Sets [from, to); all of them when absent. */
  readonly range?: { readonly from: number; readonly to: number };
  /** Whether the Sharpe ratio of each set is wanted: the price is a pass over the bars. */
  readonly withSharpes?: boolean;
  /** Whether a strategy that has a kernel runs through it; true when absent. */
  readonly withKernel?: boolean;
  readonly onProgress?: ProgressListener | undefined;
  /** The model's output on the bars that are decided on; the request's own model unless given. */
  readonly predict?: (bound: BoundStrategy, series: BarSeries) => Promise<Float64Array | null>;
}

/** Rows of some parameter sets, in their order. */
export interface SweptSets {
  readonly rows: readonly SweepRow[];
  /** Sharpe ratio per period of each, null where undefined; null when not asked for. */
  readonly sharpes: readonly (number | null)[] | null;
}

/**
 * Runs a strategy with parameter sets over all bars. The rows are in the order of the sets and the
 * same to the last bit, however many threads there are and however the sets are divided.
 *
 * @throws {BadInputError} naming the parameter set that is wrong, or at which the strategy failed.
 */
export async function runSweep(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  part: SweepPart = {},
): Promise<SweptSets> {
  const sets = readParameterSets(request);
  const job = await sweepJob(request, strategy, bars, sets, part);
  const pool = new SweepPool(Math.max(1, Math.min(request.threads, job.sets)));
  try {
    await pool.run(job, part.onProgress);
  } finally {
    await pool.close();
  }
  const { from, to } = part.range ?? { from: 0, to: sets.length };
  const sharpes =
    job.sharpes === null
      ? null
      : Array.from(job.sharpes, (value) => (Number.isNaN(value) ? null : value));
  return { rows: sweepRows(job, sets.slice(from, to)), sharpes };
}

/** The results of a job that is done. */
export function sweepRows({ results }: SweepJob, sets: readonly unknown[]): SweepRow[] {
  return sets.map((params, at) => ({
    params,
    finalEquity: results[at * RESULT_WIDTH] as number,
    trades: results[at * RESULT_WIDTH + 1] as number,
    maxDrawdown: results[at * RESULT_WIDTH + 2] as number,
  }));
}

/** @throws {BadInputError} when the file is no JSON array. */
export function readParameterSets({
  parametersFile,
  inputDirectory,
}: Pick<SweepRequest, 'parametersFile' | 'inputDirectory'>): readonly unknown[] {
  const source = `--params-file ${basename(parametersFile)}`;
  const bytes = readNamedFile('--params-file', parametersFile, inputDirectory);
  const sets = parseJson(bytes.toString('utf8'), source);
  if (!Array.isArray(sets)) {
    throw new BadInputError(
      `${source} must be an array of parameter sets, was ${typeof sets}. Write it as [{"name": value}, …].`,
    );
  }
  return sets;
}

/**
 * Everything that the threads of a sweep need, in shared memory. All sets are checked, so that every
 * part of a sweep refuses the same one in the same words.
 */
export async function sweepJob(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  sets: readonly unknown[],
  part: SweepPart = {},
): Promise<SweepJob> {
  const { range = { from: 0, to: sets.length } } = part;
  const series = barSeries(bars);
  const all = sets.map((set, at) => bindSet(strategy, set, at));
  const starts = all.map((set, at) =>
    ofSet(at, () => {
      checkAccountOptions(request, set, series);
      return firstDecisionOf(request, set, bars.length);
    }),
  );
  const bound = all.slice(range.from, range.to);
  const firstDecision = starts[0] ?? 0;
  const shared = {
    control: sharedInts(4),
    results: sharedFloats(new Float64Array(bound.length * RESULT_WIDTH)),
    sets: bound.length,
    firstSet: range.from,
    open: sharedFloats(series.open),
    close: sharedFloats(series.close),
    ...request.costModel,
    initialCash: request.initialCash,
    logsDecisions: false,
    sharpes: part.withSharpes === true ? sharedFloats(new Float64Array(bound.length)) : null,
  };
  const first = bound[0];
  const kernel = kernelOf(request, strategy, starts, part);
  if (kernel === EWMAC_CARRY) {
    return { ...shared, ...futuresKernel(bound, series), firstDecision };
  }
  if (first === undefined || kernel === RSI_MACD) {
    const parameterSets = bound.map(({ parameters }) => parameters as unknown as RsiMacdParameters);
    const plan = planRsiMacd(parameterSets);
    const words = sharedInts(planWords(plan, bars.length));
    return { ...shared, ...plan, kind: 'rsi-macd', firstDecision, words };
  }
  // Predicted from the first bar that any set needs, in every part alike.
  const predict = part.predict ?? modelOf(request, Math.min(...starts));
  const predictions = await predict(first, series);
  return {
    ...shared,
    kind: 'events',
    strategyId: strategy.id,
    source: request.strategySource ?? null,
    parameterSets: bound.map(({ parameters }) => parameters),
    firstDecisions: starts.slice(range.from, range.to),
    sizing: request.sizing,
    time: series.time,
    high: sharedFloats(series.high),
    low: sharedFloats(series.low),
    volume: sharedFloats(series.volume),
    curve: sharedCurve(series.curve),
    predictions: predictions === null ? null : sharedFloats(predictions),
  };
}

/** The model that a request names, from a bar on. */
function modelOf(request: SweepRequest, from: number): NonNullable<SweepPart['predict']> {
  return (bound, series) => loadPredictions(request, bound, series, from);
}

/** What only the kernel of `ewmac-carry` needs. */
function futuresKernel(
  bound: readonly BoundStrategy[],
  series: BarSeries,
): Pick<FuturesKernelJob, 'kind' | 'parameterSets' | 'curve' | 'columns' | 'tasks' | 'uses'> {
  const parameterSets = bound.map(
    ({ parameters, futures }) => ({ ...parameters, terms: futures }) as unknown as EwmacCarrySet,
  );
  const plan = planEwmacCarry(parameterSets);
  const columns = sharedFloats(new Float64Array(plan.tasks.length * series.length));
  return { kind: 'ewmac-carry', parameterSets, ...plan, curve: sharedCurve(series.curve), columns };
}

/**
 * The kernel that takes a sweep; null for bar by bar. A kernel takes one warm-up for all sets, and only
 * the installed strategy; a model would have been refused by it. Returns of a futures account are
 * known bar by bar alone.
 */
function kernelOf(
  request: SweepRequest,
  strategy: Strategy,
  starts: readonly number[],
  { withKernel = true, withSharpes = false }: SweepPart,
): string | null {
  const isInstalled = request.strategySource === undefined && request.modelFile === null;
  const isOneStart = starts.every((start) => start === starts[0]);
  if (!withKernel || !isInstalled || !isOneStart) return null;
  if (strategy.id === EWMAC_CARRY) return withSharpes ? null : EWMAC_CARRY;
  return strategy.id === RSI_MACD ? RSI_MACD : null;
}

function bindSet(strategy: Strategy, set: unknown, at: number): BoundStrategy {
  return ofSet(at, () => bindParameters(strategy, set, 'it'));
}

/** Names the parameter set at which something is refused. */
function ofSet<T>(at: number, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`parameter set ${String(at)}: ${message}`);
  }
}
