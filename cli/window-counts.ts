import type { StorePool } from '../adapters/postgres/pool.ts';
import { barTimes, tradedWindows } from '../adapters/postgres/windows.ts';
import { addSteps, parseStep, windowHolding } from '../schemas/window.ts';
import type { Step, Window } from '../schemas/window.ts';
import { today } from './today.ts';

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
  /** Windows in the span that end after today. They are counted nowhere else. */
  readonly notOver: number;
}

/** What windows are counted from. */
export interface WindowFacts {
  /** Open times of the bars in the span, oldest first. */
  readonly times: readonly string[];
  /** Windows that have traded, in any order. */
  readonly traded: readonly Window[];
  /** Windows that end after this day are not over. */
  readonly today: string;
}

/** Counts the windows of a span. */
export function countWindows(
  span: Window,
  step: string,
  { times, traded, today }: WindowFacts,
): WindowCounts {
  const length = parseStep(step);
  const windows: Window[] = [];
  for (const time of times) {
    const last = windows.at(-1);
    if (last !== undefined && time < last.to) continue;
    const window = windowHolding(span.from, length, time);
    if (window.to <= span.to && window.to <= today) windows.push(window);
  }
  const missing = windows.filter((window) => !isTraded(window, traded));
  const ends = endsOf(span, length);
  const over = ends.filter((end) => end <= today).length;
  return {
    expected: windows.length,
    completed: windows.length - missing.length,
    withoutBars: over - windows.length,
    missing,
    notOver: ends.length - over,
  };
}

function isTraded({ from, to }: Window, traded: readonly Window[]): boolean {
  return traded.some((other) => other.from <= from && to <= other.to);
}

/** Where the windows of a span end. */
function endsOf({ from, to }: Window, length: Step): string[] {
  const ends: string[] = [];
  for (let end = addSteps(from, length, 1); end <= to; ) {
    ends.push(end);
    end = addSteps(from, length, ends.length + 1);
  }
  return ends;
}

/**
 * The first window that can never run, because some of its days were traded in a window of another
 * length.
 *
 * @returns it, and the window that it overlaps; null when there is none.
 */
export function findOverlap(
  missing: readonly Window[],
  traded: readonly Window[],
): { readonly window: Window; readonly traded: Window } | null {
  for (const window of missing) {
    const other = traded.find(({ from, to }) => from < window.to && window.from < to);
    if (other !== undefined) return { window, traded: other };
  }
  return null;
}

/** Counts the windows of a strategy from what is stored. */
export async function readWindowCounts(
  pool: StorePool,
  strategy: { readonly strategyId: string; readonly seriesId: string },
  span: Window,
  step: string,
): Promise<WindowCounts> {
  const times = await barTimes(pool, strategy.seriesId, span);
  const traded = await tradedWindows(pool, strategy.strategyId);
  return countWindows(span, step, { times, traded, today: today() });
}
