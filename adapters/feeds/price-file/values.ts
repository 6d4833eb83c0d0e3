const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** @returns the number, which may be infinite (`1e999`); null when the text is not one. */
export function parseNumber(text: string): number | null {
  return NUMBER.test(text) ? Number(text) : null;
}

/** How a file writes its times; one file uses one form. */
export type TimeForm = 'date' | 'local-time' | 'offset-time';

/** The start of a bar as a file writes it. */
export interface BarInstant {
  readonly form: TimeForm;
  /** Milliseconds since 1970-01-01T00:00Z; a time without an offset counts as UTC. */
  readonly ms: number;
  /** Minutes east of UTC; 0 unless the file writes an offset. */
  readonly offsetMinutes: number;
  /** A day as it is, an instant as ISO 8601 in UTC with milliseconds. */
  readonly time: string;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})0*)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const MINUTE_MS = 60_000;

/**
 * Reads `YYYY-MM-DD` or ISO 8601 with time and optional offset (`2020-01-02T09:30:00-05:00`; a
 * blank may stand for the T, as RFC 3339 allows). Nothing finer than a millisecond.
 *
 * @returns null when the text is neither, or no real date or time.
 */
export function parseInstant(text: string): BarInstant | null {
  const day = parseDay(text.slice(0, 10));
  if (day === null) {
    return null;
  }
  if (text.length === 10) {
    return { form: 'date', ms: day, offsetMinutes: 0, time: text };
  }
  const separator = text[10];
  return separator === 'T' || separator === ' ' ? parseTimeOfDay(day, text.slice(11)) : null;
}

/** The day that was read last: rows of one day follow each other in files of short bars. */
let lastDay: { text: string; ms: number | null } = { text: '', ms: null };

function parseDay(text: string): number | null {
  if (text !== lastDay.text) lastDay = { text, ms: parseNewDay(text) };
  return lastDay.ms;
}

function parseNewDay(text: string): number | null {
  const parts = DATE.exec(text);
  if (parts === null) {
    return null;
  }
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const ms = Date.UTC(year, month - 1, day);
  const back = new Date(ms);
  const isReal =
    back.getUTCFullYear() === year && back.getUTCMonth() === month - 1 && back.getUTCDate() === day;
  return isReal ? ms : null;
}

function parseTimeOfDay(day: number, text: string): BarInstant | null {
  const parts = TIME.exec(text);
  if (parts === null) {
    return null;
  }
  const [hour, minute, second] = [parts[1], parts[2], parts[3] ?? '0'].map(Number) as [
    number,
    number,
    number,
  ];
  const offsetMinutes = parseOffset(parts[5]);
  if (hour > 23 || minute > 59 || second > 59 || offsetMinutes === null) {
    return null;
  }
  const milliseconds = Number((parts[4] ?? '').padEnd(3, '0'));
  const seconds = (hour * 60 + minute) * 60 + second;
  const ms = day + seconds * 1000 + milliseconds - offsetMinutes * MINUTE_MS;
  return {
    form: parts[5] === undefined ? 'local-time' : 'offset-time',
    ms,
    offsetMinutes,
    time: new Date(ms).toISOString(),
  };
}

/** Minutes east of UTC; null when there is no such offset. The widest ones in use are 14 hours. */
function parseOffset(text: string | undefined): number | null {
  if (text === undefined || text === 'Z') {
    return 0;
  }
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(3).replace(':', '') || '0');
  const total = hours * 60 + minutes;
  if (minutes > 59 || total > 14 * 60) {
    return null;
  }
  return text.startsWith('-') ? -total : total;
}
