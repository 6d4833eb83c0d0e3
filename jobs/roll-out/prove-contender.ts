import type { SeriesBar } from '../../engine/futures/curve.ts';
import type { IndexSpan } from '../../engine/walk.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { Proofs } from '../../schemas/proofs.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';
import { findLeaks } from '../check/look-ahead.ts';
import { logsSha256 } from '../check/engine-log.ts';
import { parityCase } from '../check/parity-case.ts';
import { findDifferences, PARITY_RUNS } from '../check/parity.ts';
import { firstDecisionOf, strategyRun } from '../check/strategy-run.ts';
import { checkWarmUp } from '../check/warm-up.ts';

/** Times that evidence lists of each kind of leak. */
const TIMES_LISTED_MAX = 10;

/** Shorter histories that are compared with the whole one. */
const STARTS = 10;

export interface ProveInput {
  readonly strategy: Strategy;
  readonly parameters: ParameterSet;
  /** All bars of the dataset, oldest first. */
  readonly bars: readonly SeriesBar[];
  /** The held-out ones. */
  readonly span: IndexSpan;
}

/**
 * Proves what may be proved about a challenger before it is published: that it knows nothing of the
 * future on any held-out bar, that its warm-up is long enough there, and that sweep, engine and resumed
 * engine decide the same. It walks the held-out bars and a warm-up before them, no more, so that it costs
 * a fraction of a search. A model is replaced by a fixed function of its inputs.
 */
export async function proveContender(input: ProveInput): Promise<Proofs> {
  const { strategy, parameters, bars, span } = input;
  const bound = strategy.bind(parameters);
  const first = firstDecisionOf(bound);
  const own = bars.slice(Math.max(0, span.fromIndex - first), span.toIndex);
  const fromRow = Math.max(first, own.length - (span.toIndex - span.fromIndex));
  const given = parityCase(strategy, own, [parameters]);
  // Without a bar after the warm-up there is nothing to decide, and nothing to compare.
  const runs = first < own.length ? PARITY_RUNS : [];
  const { differences, expected } = await findDifferences(
    runs.length === 0 ? { ...given, sets: [] } : given,
    runs,
  );
  return {
    lookAhead: {
      bars: Math.max(0, own.length - fromRow),
      leaks: leaksOf(bound, own, fromRow),
    },
    warmUp: warmUpOf(bound, input),
    parity: {
      runs: runs.map(({ name }) => name),
      differences,
      logSha256: logsSha256(expected),
    },
  };
}

function leaksOf(
  bound: BoundStrategy,
  bars: readonly SeriesBar[],
  fromRow: number,
): Proofs['lookAhead']['leaks'] {
  const leaks = findLeaks(strategyRun(bound), bars, { fromRow });
  return [...new Set(leaks.map(({ kind }) => kind))].map((kind) => {
    const rows = leaks.filter((leak) => leak.kind === kind).map(({ row }) => row);
    const times = rows.slice(0, TIMES_LISTED_MAX).map((row) => bars[row]?.time ?? '');
    return { kind, times, total: rows.length };
  });
}

/** Histories that begin just a warm-up before some held-out bars, and leave as much before them. */
function warmUpOf(bound: BoundStrategy, { bars, span }: ProveInput): Proofs['warmUp'] {
  const first = firstDecisionOf(bound);
  const step = (span.toIndex - span.fromIndex) / STARTS;
  const rows = Array.from({ length: STARTS }, (_, at) => span.fromIndex + Math.floor(at * step));
  const starts = [...new Set(rows)].map((row) => row - first).filter((start) => start >= first);
  const findings = checkWarmUp(bound, bars.slice(0, span.toIndex), starts);
  return {
    starts: findings.length,
    differing: findings.filter(({ passed }) => !passed).map(({ row }) => bars[row]?.time ?? ''),
  };
}
