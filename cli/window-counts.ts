import { isCalendar, loadCalendar } from '../adapters/calendars/load-calendar.ts';
import { listClosedDays } from '../adapters/postgres/calendar-overrides.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { barTimes, tradedWindows } from '../adapters/postgres/windows.ts';
import { sessionsBetween } from '../engine/sessions.ts';
import { addSteps, parseStep, windowHolding } from '../schemas/window.ts';
import type { Step, Window } from '../schemas/window.ts';
import { today } from './today.ts';

/** How many windows of one length should have run, and have. */
export interface WindowCounts {
  /** Windows in the span that hold at least one bar. */
  readonly expected: number;
  /** Of these, how many have traded: as one window, or as part of a longer one. */
  readonly completed: number;
  /** Windows in the span without a bar: weekends, holidays. */
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
  for (let end = addSteps(from, length, 1); end <= to;) {
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

/** A strategy as far as its windows go. */
interface Counted {
  readonly strategyId: string;
  readonly seriesId: string;
}

/** Counts the windows of a strategy from what is stored. */
export async function readWindowCounts(
  pool: StorePool,
  { strategyId, seriesId }: Counted,
  span: Window,
  step: string,
): Promise<WindowCounts> {
  const times = await barTimes(pool, seriesId, span);
  const traded = await tradedWindows(pool, strategyId);
  return countWindows(span, step, { times, traded, today: today() });
}

/**
 * Counts the windows of a strategy up to today, also those whose bars nobody has collected yet:
 * behind the last stored bar every session of the exchange counts as one. Without this a schedule
 * that has not started, or not for long, would show nothing as missing.
 *
 * @param calendar name of the exchange calendar; with an unknown one only stored bars count.
 */
export async function readDueCounts(
  pool: StorePool,
  { calendar, ...strategy }: Counted & { readonly calendar: string },
  span: Window,
  step: string,
): Promise<WindowCounts> {
  const stored = await barTimes(pool, strategy.seriesId, span);
  const last = stored.at(-1)?.slice(0, 10);
  const from = last === undefined ? span.from : addSteps(last, { days: 1 }, 1);
  const times = [...stored, ...(await sessionDays(pool, calendar, { from, to: span.to }))];
  const traded = await tradedWindows(pool, strategy.strategyId);
  return countWindows(span, step, { times, traded, today: today() });
}

/** Days of a span with a session, as far as the calendar knows. */
async function sessionDays(pool: StorePool, name: string, span: Window): Promise<string[]> {
  if (!isCalendar(name)) return [];
  const calendar = loadCalendar(name);
  const from = span.from > calendar.validFrom ? span.from : calendar.validFrom;
  const end = addSteps(calendar.validTo, { days: 1 }, 1);
  const to = span.to < end ? span.to : end;
  if (from >= to) return [];
  const closed = await listClosedDays(pool, calendar.code, { from, to });
  const days = sessionsBetween(calendar, { from, to }, new Set(closed.map(({ day }) => day)));
  return [...days].map(({ day }) => day);
}
