import { loadCalendar, UnknownCalendarError } from '../../adapters/calendars/load-calendar.ts';
import type { OpenStore } from '../store.ts';
import type { Check, Verdict } from './finding.ts';
import { ok, warn } from './finding.ts';

/** A release with the next year's days should be had before the last day of this one. */
const WARN_DAYS = 60;
const DAY_MS = 86_400_000;

/** Whether the calendars of the registered instruments still know the days to come. */
export function calendarChecks(store: OpenStore | null): Check[] {
  if (store === null) return [];
  return [{ area: 'data', name: 'exchange calendars', look: () => lookAtCalendars(store) }];
}

async function lookAtCalendars({ pool }: OpenStore): Promise<Verdict> {
  const { rows } = await pool.query<{ calendar: string }>(
    'select distinct calendar from instruments order by calendar',
  );
  const today = new Date().toISOString().slice(0, 10);
  return judgeCalendars(
    rows.map(({ calendar }) => [calendar, endOf(calendar)]),
    today,
  );
}

/**
 * @param ends calendars and the last day that each knows, null for none.
 * @param today `YYYY-MM-DD`.
 */
export function judgeCalendars(
  ends: readonly (readonly [calendar: string, end: string | null])[],
  today: string,
): Verdict {
  if (ends.length === 0) return ok('no instrument is registered yet');
  const limit = new Date(Date.parse(today) + WARN_DAYS * DAY_MS).toISOString().slice(0, 10);
  const text = ends.map(([calendar, end]) => `${calendar} to ${end ?? 'nowhere: unknown'}`);
  if (ends.every(([, end]) => end !== null && end >= limit)) return ok(`known: ${text.join(', ')}`);
  return warn(
    `${text.join(', ')}: on later days nobody can tell a holiday from a gap`,
    'install a version of strategy-loop whose calendars reach further (docs/data.md)',
  );
}

/** @returns the last day that the calendar knows; null when there is no such calendar. */
function endOf(name: string): string | null {
  try {
    return loadCalendar(name).validTo;
  } catch (error) {
    if (error instanceof UnknownCalendarError) return null;
    throw error;
  }
}
