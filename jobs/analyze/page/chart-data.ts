import { drawdownCurve } from '../../../engine/statistics/drawdown.ts';
import type { Contest, Curves, ReleaseLine } from '../../../schemas/jobs/analyze.ts';
import { CONTESTANT_NAMES, CONTESTANTS, type Contestant } from './contestants.ts';

/** One line of a chart. */
export interface ChartLine {
  readonly key: Contestant;
  readonly name: string;
  /** Return since the start at each close, as a fraction. */
  readonly growth: readonly number[];
  /** Drawdown at each close as a fraction of the peak, <= 0 so that it hangs below the axis. */
  readonly drawdown: readonly number[];
}

/** A release's span on the chart, from its first bar on; the next one ends it. */
export interface ChartBand {
  readonly from: string;
  readonly label: string;
}

/** All that the page's script needs to draw a strategy. */
export interface ChartData {
  readonly time: readonly string[];
  readonly initialEquity: number;
  readonly currency: string;
  /** A power of this is a step of the logarithmic axis. */
  readonly logBase: number;
  readonly lines: readonly ChartLine[];
  readonly bands: readonly ChartBand[];
}

export interface ChartDataInput {
  readonly curves: Curves;
  readonly contest: Contest;
  readonly releases: readonly ReleaseLine[];
  readonly currency: string;
}

/** Smallest steps that are tried first: an axis should have five steps or so. */
const LOG_BASES = [1.02, 1.05, 1.1, 1.25, 1.5, 2, 5, 10];
const LOG_STEPS_MAX = 6;

/** Decimals that a screen can show; the full figures are in the curves file. */
const DECIMALS = 1e6;

/**
 * The curves as a chart shows them: returns since the start instead of amounts, so that strategies
 * of different capital compare. All three started with the same equity.
 */
export function chartData({ curves, contest, releases, currency }: ChartDataInput): ChartData {
  const initialEquity = initialEquityOf(curves, contest);
  const lines = CONTESTANTS.map((key) => ({
    key,
    name: CONTESTANT_NAMES[key],
    growth: curves[key].map((equity) => rounded(equity / initialEquity - 1)),
    drawdown: drawdownCurve(curves[key], initialEquity).map((fraction) => rounded(-fraction)),
  }));
  const bands = releases
    .map(({ from, version }) => ({ from, label: String(version) }))
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
  const time = curves.time;
  const factors = [1, ...lines.flatMap((line) => line.growth.map((growth) => 1 + growth))];
  return { time, initialEquity, currency, logBase: logBaseOf(factors), lines, bands };
}

/** Equity before the first bar: the last equity without the loop's total return. */
function initialEquityOf(curves: Curves, contest: Contest): number {
  const last = curves.loop.at(-1);
  const growth = 1 + contest.loop.totalReturn;
  return last === undefined || growth <= 0 ? 1 : last / growth;
}

/** The step of a logarithmic axis that gives some positive values about five of them. */
export function logBaseOf(factors: readonly number[]): number {
  const positive = factors.filter((factor) => factor > 0);
  const highest = positive.reduce((most, factor) => Math.max(most, factor), positive[0] ?? 1);
  const lowest = positive.reduce((least, factor) => Math.min(least, factor), positive[0] ?? 1);
  const range = Math.log(highest / lowest);
  return LOG_BASES.find((base) => range / Math.log(base) <= LOG_STEPS_MAX) ?? 10;
}

/**
 * A figure with the decimals that a chart shows. Adding 0 turns a negative zero, which JSON would keep
 * for nobody's good, into 0.
 */
export function rounded(value: number): number {
  return Math.round(value * DECIMALS) / DECIMALS + 0;
}
