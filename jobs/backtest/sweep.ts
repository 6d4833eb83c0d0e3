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

/**
 * Runs a strategy with every parameter set over all bars. The rows are in the order of the sets
 * and the same to the last bit, however many threads there are.
 *
 * @throws {BadInputError} naming the parameter set that is wrong, or at which the strategy failed.
 */
export async function runSweep(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  onProgress?: ProgressListener,
): Promise<SweepRow[]> {
  const sets = readParameterSets(request.parametersFile);
  const job = await sweepJob(request, strategy, bars, sets);
  const pool = new SweepPool(Math.max(1, Math.min(request.threads, sets.length)));
  try {
    await pool.run(job, onProgress);
  } finally {
    await pool.close();
  }
  return sweepRows(job, sets);
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
function readParameterSets(path: string): readonly unknown[] {
  const source = `--params-file ${basename(path)}`;
  const sets = parseJson(readNamedFile('--params-file', path).toString('utf8'), source);
  if (!Array.isArray(sets)) {
    throw new BadInputError(
      `${source} must be an array of parameter sets, was ${typeof sets}. Write it as [{"name": value}, …].`,
    );
  }
  return sets;
}

/** The model's output on the bars that are decided on. */
type Predict = (bound: BoundStrategy, series: BarSeries) => Promise<Float64Array | null>;

/**
 * Everything that the threads of a sweep need, in shared memory.
 *
 * @param predict the request's own model unless given.
 */
export async function sweepJob(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  sets: readonly unknown[],
  predict?: Predict,
): Promise<SweepJob> {
  const bound = sets.map((set, at) => bindSet(strategy, set, at));
  const firstDecisions = bound.map((set) => firstDecisionOf(request, set, bars.length));
  const firstDecision = firstDecisions[0] ?? 0;
  const series = barSeries(bars);
  for (const [at, set] of bound.entries()) {
    ofSet(at, () => {
      checkAccountOptions(request, set, series);
    });
  }
  const shared = {
    control: sharedInts(4),
    results: sharedFloats(new Float64Array(sets.length * RESULT_WIDTH)),
    sets: sets.length,
    open: sharedFloats(series.open),
    close: sharedFloats(series.close),
    ...request.costModel,
    initialCash: request.initialCash,
    logsDecisions: false,
  };
  const first = bound[0];
  const hasKernel = request.modelFile === null && isOneStart(firstDecisions);
  if (strategy.id === EWMAC_CARRY && hasKernel) {
    return { ...shared, ...futuresKernel(bound, series), firstDecision };
  }
  if (first === undefined || (strategy.id === RSI_MACD && hasKernel)) {
    const parameterSets = bound.map(({ parameters }) => parameters as unknown as RsiMacdParameters);
    const plan = planRsiMacd(parameterSets);
    const words = sharedInts(planWords(plan, bars.length));
    return { ...shared, ...plan, kind: 'rsi-macd', firstDecision, words };
  }
  const start = Math.min(...firstDecisions);
  const predictions = await (predict?.(first, series) ??
    loadPredictions(request, first, series, start));
  return {
    ...shared,
    kind: 'events',
    strategyId: strategy.id,
    parameterSets: bound.map(({ parameters }) => parameters),
    firstDecisions,
    sizing: request.sizing,
    time: series.time,
    high: sharedFloats(series.high),
    low: sharedFloats(series.low),
    volume: sharedFloats(series.volume),
    curve: sharedCurve(series.curve),
    predictions: predictions === null ? null : sharedFloats(predictions),
  };
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

/** A kernel takes one warm-up for all sets; a model would have been refused by its strategy. */
function isOneStart(firstDecisions: readonly number[]): boolean {
  return firstDecisions.every((first) => first === firstDecisions[0]);
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
