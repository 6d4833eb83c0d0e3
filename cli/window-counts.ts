import type { StorePool } from '../adapters/postgres/pool.ts';
import { barTimes, tradedWindows } from '../adapters/postgres/windows.ts';
import { addSteps, parseStep, windowHolding } from '../schemas/window.ts';
import type { Window } from '../schemas/window.ts';

/** How many windows of one length should have run, and have. */
export interface WindowCounts {
  /** Windows in the span that hold at least one stored bar. */
  readonly expected: number;
  /** Of these, how many have traded: as one window, or as part of a longer one. */
  readonly completed: number;
  /** Windows in the span without a stored bar: weekends, holidays, and days not collected yet. */
  readonly withoutBars: number;
  /** Windows with bars that have not traded, oldest first. */
  readonly missing: readonly Window[];
}

/**
 * Counts the windows of a span.
 *
 * @param times open times of the stored bars in the span, oldest first.
 * @param traded windows that have traded, in any order.
 */
export function countWindows(
  span: Window,
  step: string,
  times: readonly string[],
  traded: readonly Window[],
): WindowCounts {
  const length = parseStep(step);
  const windows: Window[] = [];
  for (const time of times) {
    const last = windows.at(-1);
    if (last !== undefined && time < last.to) continue;
    const window = windowHolding(span.from, length, time);
    if (window.to <= span.to) windows.push(window);
  }
  const isTraded = ({ from, to }: Window): boolean =>
    traded.some((other) => other.from <= from && to <= other.to);
  const missing = windows.filter((window) => !isTraded(window));
  let total = 0;
  while (addSteps(span.from, length, total + 1) <= span.to) total += 1;
  return {
    expected: windows.length,
    completed: windows.length - missing.length,
    withoutBars: total - windows.length,
    missing,
  };
}

/** Counts the windows of a strategy from what is stored. */
export async function readWindowCounts(
  pool: StorePool,
  strategy: { readonly strategyId: string; readonly seriesId: string },
  span: Window,
  step: string,
): Promise<WindowCounts> {
  const times = await barTimes(pool, strategy.seriesId, span);
  return countWindows(span, step, times, await tradedWindows(pool, strategy.strategyId));
}
