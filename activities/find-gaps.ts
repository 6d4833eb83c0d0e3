import { loadCalendar, UnknownCalendarError } from '../adapters/calendars/load-calendar.ts';
import { recordGaps, type StoredGap } from '../adapters/postgres/bar-facts.ts';
import { listClosedDays } from '../adapters/postgres/calendar-overrides.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import {
  readOpenTimes,
  requireSeries,
  widenSpan,
  type StoredSeries,
  type StoredSpan,
} from '../adapters/postgres/price-series.ts';
import { GapFinder } from '../engine/gaps.ts';
import { CalendarRangeError, expectedOpenTimes, sessionsBetween } from '../engine/sessions.ts';
import { localDay } from '../engine/zone-time.ts';
import type { Bar } from '../schemas/bar.ts';

const DAY_MS = 86_400_000;

/** The gaps of a span, and the calendar that was asked. */
export interface GapReport {
  readonly calendar: string;
  readonly version: string;
  readonly gaps: readonly StoredGap[];
  /** Gaps that nobody had noticed before. */
  readonly recorded: number;
}

/**
 * Finds the bars that the calendar of a series expects between two stored bars and that are not
 * stored, and keeps them as facts. A day without a session, or one on which the exchange was closed
 * against its calendar, is no gap.
 *
 * @returns null when bars are longer than a day: no calendar says when they open.
 * @throws {UnknownCalendarError} when the instrument's calendar does not exist.
 * @throws {CalendarRangeError} when the span reaches beyond what the calendar knows.
 */
export async function findGaps(
  client: Queryable,
  series: StoredSeries,
  span: StoredSpan,
): Promise<GapReport | null> {
  const { durationMs, seriesId } = series;
  if (durationMs > DAY_MS) return null;
  const calendar = loadCalendar(series.calendar);
  const labelOf = (ms: number): number =>
    durationMs === DAY_MS && ms % DAY_MS !== 0 ? Date.parse(localDay(ms, calendar.timeZone)) : ms;
  const [firstMs, lastMs] = [Date.parse(span.first), Date.parse(span.last)];
  const bounds = { from: labelOf(firstMs), to: labelOf(lastMs) };
  const days = {
    from: dayOf(durationMs === DAY_MS ? bounds.from : bounds.from - DAY_MS),
    to: dayOf(bounds.to + DAY_MS),
  };
  const closed = await listClosedDays(client, calendar.code, days);
  const sessions = sessionsBetween(calendar, days, new Set(closed.map(({ day }) => day)));
  const expected = within(expectedOpenTimes(sessions, calendar.timeZone, durationMs), bounds);
  const finder = new GapFinder(expected);
  for await (const page of readOpenTimes(client, seriesId, span)) {
    for (const ms of page) finder.take(labelOf(ms));
  }
  const gaps = finder.end().map((gap) => ({
    from: textOf(gap.firstMs, durationMs),
    last: textOf(gap.lastMs, durationMs),
    missing: gap.missing,
  }));
  const recorded = await recordGaps(client, { seriesId, span }, gaps, calendar);
  return { calendar: calendar.code, version: calendar.version, gaps, recorded };
}

/**
 * Keeps the gaps around new bars as facts. It never fails a cycle: a calendar that does not exist or
 * does not reach so far says nothing, and `data gaps` tells people why.
 */
export async function noticeGaps(
  client: Queryable,
  seriesId: string,
  bars: readonly Bar[],
): Promise<void> {
  const [first, last] = [bars[0]?.time, bars.at(-1)?.time];
  if (first === undefined || last === undefined) return;
  try {
    const span = await widenSpan(client, seriesId, { first, last });
    await findGaps(client, await requireSeries(client, seriesId), span);
  } catch (error) {
    const isKnown = error instanceof CalendarRangeError || error instanceof UnknownCalendarError;
    if (!isKnown) throw error;
  }
}

function* within(
  times: Iterable<number>,
  { from, to }: { readonly from: number; readonly to: number },
): Generator<number> {
  for (const ms of times) if (ms >= from && ms <= to) yield ms;
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function textOf(ms: number, durationMs: number): string {
  return durationMs === DAY_MS ? dayOf(ms) : new Date(ms).toISOString();
}
