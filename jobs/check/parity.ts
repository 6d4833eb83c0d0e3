import type { BarSeries } from '../../engine/bar-series.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import { sweepJob } from '../backtest/sweep.ts';
import { SweepPool } from '../backtest/sweep-pool.ts';
import type { SweepJob } from '../backtest/sweep-job.ts';
import { runEventShare, runKernelShare } from '../backtest/sweep-steps.ts';
import { cutLog, engineLog, resumedLog, type EngineLog, type ParityCase } from './engine-log.ts';

/** A way to run the same parameter sets; it must decide what the engine does in one walk. */
export interface ParityRun {
  readonly name: string;
  /** One log a set, in the order of the sets; without rows where only changes of position are told. */
  readonly logs: (given: ParityCase) => Promise<readonly PartialLog[]> | readonly PartialLog[];
}

export type PartialLog = Pick<EngineLog, 'fills'> & Partial<EngineLog>;

/** The first place at which a run and the engine differ. */
export interface Difference {
  readonly run: string;
  readonly set: number;
  readonly log: 'fills' | 'rows';
  /** From 0. */
  readonly line: number;
  readonly expected: string | null;
  readonly found: string | null;
}

/** Bars at which the engine is stopped once, spread over the file. */
const CUTS = 4;

/**
 * Compares the decision logs of several runs with those of the engine in one walk, byte for byte.
 *
 * @returns at most one difference for each run and parameter set; and the engine's logs.
 */
export async function findDifferences(
  given: ParityCase,
  runs: readonly ParityRun[],
): Promise<{ readonly differences: Difference[]; readonly expected: readonly EngineLog[] }> {
  const expected = given.sets.map((set) => engineLog(given, set));
  const differences: Difference[] = [];
  for (const { name, logs } of runs) {
    const found = await logs(given);
    for (const [set, own] of expected.entries()) {
      const other = found[set] ?? { fills: '' };
      const fault =
        firstDifference('fills', own.fills, other.fills) ??
        (other.rows === undefined ? null : firstDifference('rows', own.rows, other.rows));
      if (fault !== null) differences.push({ run: name, set, ...fault });
    }
  }
  return { differences, expected };
}

function firstDifference(
  log: Difference['log'],
  expected: string,
  found: string,
): Omit<Difference, 'run' | 'set'> | null {
  if (expected === found) return null;
  const [own, other] = [expected.split('\n'), found.split('\n')];
  const line = own.findIndex((text, at) => text !== other[at]);
  const at = line === -1 ? own.length : line;
  return { log, line: at, expected: own[at] ?? null, found: other[at] ?? null };
}

function cutRun(cut: number): ParityRun {
  return {
    name: `engine resumed once, ${String(cut)} of ${String(CUTS)}`,
    logs: (given) => {
      const at = Math.floor((given.bars.length * cut) / (CUTS + 1));
      return given.sets.map((set) => cutLog(given, set, at));
    },
  };
}

/** Every run that needs no threads. */
export const PARITY_RUNS: readonly ParityRun[] = [
  { name: 'engine again', logs: (given) => given.sets.map((set) => engineLog(given, set)) },
  {
    name: 'engine resumed at every bar',
    logs: (given) => given.sets.map((set) => resumedLog(given, set)),
  },
  ...Array.from({ length: CUTS }, (_, index) => cutRun(index + 1)),
  { name: 'sweep', logs: (given) => sweepLogs(given, identity) },
  { name: 'sweep, sets in reverse', logs: (given) => sweepLogs(given, (order) => order.reverse()) },
  { name: 'sweep in two shards, the second one first', logs: shardedLogs },
];

/** A sweep on threads of its own; needs the built program. */
export function threadedRun(threads: number): ParityRun {
  return {
    name: `sweep on ${String(threads)} thread${threads === 1 ? '' : 's'}`,
    logs: async (given) => {
      const pool = new SweepPool(threads);
      try {
        const logs = await pool.run(await loggingJob(given, given.sets));
        return logs.map((fills) => ({ fills }));
      } finally {
        await pool.close();
      }
    },
  };
}

async function shardedLogs(given: ParityCase): Promise<PartialLog[]> {
  const half = Math.ceil(given.sets.length / 2);
  const second = await sweepLogs(part(given, half, given.sets.length), identity);
  return [...(await sweepLogs(part(given, 0, half), identity)), ...second];
}

function identity(order: number[]): number[] {
  return order;
}

function part(given: ParityCase, from: number, to: number): ParityCase {
  return { ...given, sets: given.sets.slice(from, to) };
}

/** A sweep in this thread, the sets in another order; the logs are in the order of the case. */
async function sweepLogs(
  given: ParityCase,
  reorder: (order: number[]) => number[],
): Promise<PartialLog[]> {
  const order = reorder([...given.sets.keys()]);
  const sets = order.map((at) => given.sets[at] as ParameterSet);
  const logs = runHere(await loggingJob(given, sets), given.strategy);
  const found: PartialLog[] = [];
  for (const [at, set] of order.entries()) found[set] = logs[at] ?? { fills: '' };
  return found;
}

/** Does a whole job in this thread. @returns one log a set, in the job's order. */
export function runHere(job: SweepJob, strategy: Strategy): PartialLog[] {
  const { failure, logs } =
    job.kind === 'events' ? runEventShare(job, strategy) : runKernelShare(job);
  if (failure !== null) throw new Error(`parameter set ${String(failure.set)}: ${failure.message}`);
  return logs.map(([, fills]) => ({ fills }));
}

/** A sweep of the case that writes down its decisions. */
export async function loggingJob(
  given: ParityCase,
  sets: readonly ParameterSet[],
): Promise<SweepJob> {
  const { strategy, bars, predictionsOf } = given;
  const predict = (bound: BoundStrategy, series: BarSeries): Promise<Float64Array | null> =>
    Promise.resolve(predictionsOf(bound, series));
  const job = await sweepJob(requestOf(given), strategy, bars, sets, { predict });
  return { ...job, logsDecisions: true };
}

/** The request that a sweep of the case answers: no file is read. */
function requestOf({ strategy, source, initialCash, costModel }: ParityCase): SweepRequest {
  return {
    command: 'sweep',
    strategyId: strategy.id,
    ...(source && { strategySource: source }),
    dataFile: 'bars',
    modelFile: null,
    costModel,
    initialCash,
    warmUp: null,
    sizing: 'target',
    now: '1970-01-01T00:00:00Z',
    parametersFile: '-',
    threads: 1,
    progress: false,
  };
}
