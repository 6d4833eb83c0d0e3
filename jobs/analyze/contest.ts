import { measure } from '../../engine/metrics.ts';
import { openAccount, walk } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { Contest, Curves } from '../../schemas/jobs/analyze.ts';
import type { Metrics } from '../../schemas/metrics.ts';
import type { CostModel } from '../../schemas/settings.ts';
import type { EquityPoint, Fill } from '../../schemas/trading.ts';
import type { Window } from '../../schemas/window.ts';

/** What one contestant did, bar by bar. */
export interface Run {
  readonly equity: readonly EquityPoint[];
  readonly fills: readonly Fill[];
}

/** Three runs over the same bars, from the same cash. */
export type Runs = { readonly [Contestant in keyof Contest]: Run };

/** The yardstick is no release; its fills carry this id. */
const NO_RELEASE = '0'.repeat(64);

export interface BuyAndHoldInput {
  /** Oldest first. */
  readonly bars: readonly Bar[];
  /** Index of the bar at whose open everything is bought. */
  readonly fromIndex: number;
  readonly toIndex: number;
  readonly initialCash: number;
  readonly costModel: CostModel;
}

/** Buys with all cash at the first open, at the costs that the others pay, and never sells. */
export function buyAndHoldRun({
  bars,
  fromIndex,
  toIndex,
  initialCash,
  costModel,
}: BuyAndHoldInput): Run {
  const first = bars[fromIndex];
  const flat = openAccount(initialCash);
  const pending =
    first === undefined ? null : { decidedAt: first.time, target: 1, releaseId: NO_RELEASE };
  return walk({
    bars,
    span: { fromIndex, toIndex },
    account: { ...flat, pending },
    costModel,
    releaseId: NO_RELEASE,
    decide: ({ state }) => ({ forecast: null, prediction: null, target: 1, state }),
  });
}

/** The bars of a run that another one has too, so that all are measured on the same ones. */
export function onBarsOf(other: Run, run: Run): Run {
  const times = new Set(other.equity.map((point) => point.time));
  return { ...run, equity: run.equity.filter((point) => times.has(point.time)) };
}

/** Figures of all three over all bars. */
export function contestOf(runs: Runs, initialCash: number): Contest {
  return eachRun(runs, (run) => measure({ ...run, initialEquity: initialCash }));
}

/** Figures of all three over one window, from the equity that each had before it. */
export function contestWithin(runs: Runs, window: Window, initialCash: number): Contest {
  const isInside = ({ time }: { time: string }): boolean => time >= window.from && time < window.to;
  return eachRun(runs, ({ equity, fills }) => {
    const before = equity.findLast((point) => point.time < window.from);
    return measure({
      equity: equity.filter(isInside),
      fills: fills.filter(isInside),
      initialEquity: before?.equity ?? initialCash,
    });
  });
}

/** The equity of all three, bar by bar. */
export function curvesOf({ loop, neverRetrained, buyAndHold }: Runs): Curves {
  return {
    time: loop.equity.map((point) => point.time),
    loop: loop.equity.map((point) => point.equity),
    neverRetrained: neverRetrained.equity.map((point) => point.equity),
    buyAndHold: buyAndHold.equity.map((point) => point.equity),
    close: loop.equity.map((point) => point.close),
  };
}

function eachRun(runs: Runs, figures: (run: Run) => Metrics): Contest {
  return {
    loop: figures(runs.loop),
    neverRetrained: figures(runs.neverRetrained),
    buyAndHold: figures(runs.buyAndHold),
  };
}
