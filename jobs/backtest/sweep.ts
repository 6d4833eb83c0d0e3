import { basename } from 'node:path';
import { barSeries } from '../../engine/bar-series.ts';
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
import { firstDecisionOf } from './first-decision.ts';
import { readNamedFile } from './load-bars.ts';
import { loadPredictions } from './load-predictions.ts';
import { bindParameters, parseJson } from './parameters.ts';
import { RESULT_WIDTH, sharedFloats, sharedInts, type SweepJob } from './sweep-job.ts';
import { SweepPool, type ProgressListener } from './sweep-pool.ts';

/** Figures of one parameter set, as `strategy-loop sweep --json` prints them. */
export interface SweepRow extends SweepFigures {
  /** As given. */
  readonly params: unknown;
}

/** The strategy whose sweeps have a kernel; all others run bar by bar. */
const KERNEL_STRATEGY = 'rsi-macd';

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

/** Everything that the threads of a sweep need, in shared memory. */
export async function sweepJob(
  request: SweepRequest,
  strategy: Strategy,
  bars: readonly Bar[],
  sets: readonly unknown[],
): Promise<SweepJob> {
  const bound = sets.map((set, at) => bindSet(strategy, set, at));
  const firstDecisions = bound.map((set) => firstDecisionOf(request, set, bars.length));
  const firstDecision = firstDecisions[0] ?? 0;
  const series = barSeries(bars);
  const shared = {
    control: sharedInts(4),
    results: sharedFloats(new Float64Array(sets.length * RESULT_WIDTH)),
    sets: sets.length,
    open: sharedFloats(series.open),
    close: sharedFloats(series.close),
    ...request.costModel,
    initialCash: request.initialCash,
  };
  const first = bound[0];
  if (first === undefined || isForKernel(request, strategy, firstDecisions)) {
    const parameterSets = bound.map(({ parameters }) => parameters as unknown as RsiMacdParameters);
    const plan = planRsiMacd(parameterSets);
    const words = sharedInts(planWords(plan, bars.length));
    return { ...shared, ...plan, kind: 'rsi-macd', firstDecision, words };
  }
  const start = Math.min(...firstDecisions);
  const predictions = await loadPredictions(request, first, series, start);
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
    predictions: predictions === null ? null : sharedFloats(predictions),
  };
}

/** The kernel takes one warm-up for all sets; a model would have been refused by its strategy. */
function isForKernel(
  request: SweepRequest,
  strategy: Strategy,
  firstDecisions: readonly number[],
): boolean {
  const isOneStart = firstDecisions.every((first) => first === firstDecisions[0]);
  return strategy.id === KERNEL_STRATEGY && request.modelFile === null && isOneStart;
}

function bindSet(strategy: Strategy, set: unknown, at: number): BoundStrategy {
  try {
    return bindParameters(strategy, set, 'it');
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`parameter set ${String(at)}: ${message}`);
  }
}
