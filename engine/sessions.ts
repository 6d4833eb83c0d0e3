import type { ExchangeCalendar } from '../schemas/calendar.ts';
import { utcOf } from './zone-time.ts';

const DAY_MS = 86_400_000;

/** One session of an exchange, in the local time of the exchange. */
export interface Session {
  readonly day: string;
  readonly open: string;
  readonly close: string;
  /** Whether the hours are not the regular ones. */
  readonly isOtherHours: boolean;
}

/** A calendar was asked about days that it does not know. */
export class CalendarRangeError extends Error {
  override readonly name = 'CalendarRangeError';
}

/**
 * The sessions of [from, to), in the order of time.
 *
 * @param from first day, as YYYY-MM-DD.
 * @param to day after the last.
 * @param closed days on which the exchange was closed against its calendar.
 * @throws {CalendarRangeError} when a day lies outside the calendar's validity: an unknown day must
 *   not pass for a holiday, nor for a session.
 */
export function* sessionsBetween(
  calendar: ExchangeCalendar,
  { from, to }: { readonly from: string; readonly to: string },
  closed: ReadonlySet<string> = new Set(),
): Generator<Session> {
  const { validFrom, validTo, holidays, extraSessions, otherHours } = calendar;
  const last = dayOf(Date.parse(to) - DAY_MS);
  if (from < validFrom || last > validTo) {
    throw new CalendarRangeError(
      `calendar ${calendar.code} (${calendar.version}) is known from ${validFrom} to ${validTo}, ` +
        `and was asked about ${from < validFrom ? from : last}; ask about other days, or write the calendar anew`,
    );
  }
  const without = new Set([...holidays, ...closed]);
  const extra = new Set(extraSessions);
  for (let ms = Date.parse(from); ms < Date.parse(to); ms += DAY_MS) {
    const day = dayOf(ms);
    const isWeekend = new Date(ms).getUTCDay() % 6 === 0;
    if (without.has(day) || (isWeekend && !extra.has(day))) continue;
    const other = otherHours[day];
    const { open, close } = other ?? calendar;
    yield { day, open, close, isOtherHours: other !== undefined };
  }
}

/**
 * When the bars of these sessions open, in milliseconds since 1970: midnight UTC of the session's
 * day for bars of a day, else every duration from the opening to before the close.
 */
export function* expectedOpenTimes(
  sessions: Iterable<Session>,
  timeZone: string,
  durationMs: number,
): Generator<number> {
  for (const { day, open, close } of sessions) {
    if (durationMs === DAY_MS) {
      yield Date.parse(day);
      continue;
    }
    const end = utcOf(day, close, timeZone);
    for (let ms = utcOf(day, open, timeZone); ms < end; ms += durationMs) yield ms;
  }
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
