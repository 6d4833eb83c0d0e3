/** Formatters by time zone: making one takes longer than using it a thousand times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * The instant of a local time, in milliseconds since 1970.
 *
 * @param day YYYY-MM-DD there.
 * @param time HH:MM there. A time that a change of clocks leaves out or repeats has one of its two
 *   meanings; exchanges do not open or close in those hours.
 * @param timeZone an IANA name such as America/New_York.
 * @throws {RangeError} when there is no such time zone.
 */
export function utcOf(day: string, time: string, timeZone: string): number {
  const local = Date.parse(`${day}T${time}:00Z`);
  const guess = local - offsetAt(local, timeZone);
  return local - offsetAt(guess, timeZone);
}

/** The day in a time zone at an instant, as YYYY-MM-DD. */
export function localDay(ms: number, timeZone: string): string {
  return new Date(ms + offsetAt(ms, timeZone)).toISOString().slice(0, 10);
}

/** Milliseconds that local time is ahead of UTC. */
function offsetAt(ms: number, timeZone: string): number {
  let formatter = formatters.get(timeZone);
  if (formatter === undefined) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(timeZone, formatter);
  }
  const parts = Object.fromEntries(
    formatter.formatToParts(ms).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}
