import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ExchangeCalendar } from '../../schemas/calendar.ts';
import { nearestName } from '../../schemas/nearest-name.ts';

/** Names that people use for an exchange, and its market identifier code. */
const ALIASES: Readonly<Record<string, string>> = { NYSE: 'XNYS', BSE: 'XBOM', NSE: 'XNSE' };

/** No calendar of this name comes with the project. */
export class UnknownCalendarError extends Error {
  override readonly name = 'UnknownCalendarError';
  /** The end of a sentence that says what may have been meant; empty when nothing is near. */
  readonly hint: string;

  constructor(name: string) {
    const known = calendarNames();
    const nearest = nearestName(name, known);
    const hint = nearest === null ? '' : `; did you mean "${nearest}"?`;
    super(`there is no calendar "${name}"; known: ${known.join(', ')}${hint}`);
    this.hint = hint;
  }
}

const loaded = new Map<string, ExchangeCalendar>();

/**
 * The calendar of an exchange, by its market identifier code or its usual name.
 *
 * @throws {UnknownCalendarError} when there is none.
 */
export function loadCalendar(name: string): ExchangeCalendar {
  const code = codeOf(name);
  const known = loaded.get(code);
  if (known !== undefined) return known;
  if (!calendarCodes().includes(code)) throw new UnknownCalendarError(name);
  const text = readFileSync(join(folder(), `${code.toLowerCase()}.json`), 'utf8');
  const calendar = ExchangeCalendar.parse(JSON.parse(text));
  loaded.set(code, calendar);
  return calendar;
}

/** Whether `loadCalendar` takes the name. */
export function isCalendar(name: string): boolean {
  return calendarCodes().includes(codeOf(name));
}

/** The one name under which an exchange is shown: its code, or the name itself if it is unknown. */
export function calendarCode(name: string): string {
  return isCalendar(name) ? codeOf(name) : name;
}

function codeOf(name: string): string {
  const upper = name.toUpperCase();
  return ALIASES[upper] ?? upper;
}

/** Market identifier codes of the calendars that come with the project, sorted. */
export function calendarCodes(): string[] {
  return readdirSync(folder())
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length).toUpperCase())
    .sort();
}

/** Every name that `loadCalendar` takes: usual names first, then codes. */
export function calendarNames(): string[] {
  return [...Object.keys(ALIASES), ...calendarCodes()];
}

/** The build copies code only, so the data is found from the package's own root. */
function folder(): string {
  const root = createRequire(import.meta.url).resolve('strategy-loop/package.json');
  return join(dirname(root), 'adapters', 'calendars');
}
