/** A half-open span of time [from, to): ISO dates (`2012-01-01`) or ISO instants in UTC. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/**
 * The date that lies a number of months after another, by the civil calendar. The day is clipped
 * to the length of the month, so 31 January + 1 month is the last day of February.
 *
 * @param date `YYYY-MM-DD`.
 * @param months whole number, may be negative.
 * @throws {RangeError} when the date is not a real one.
 */
export function addMonths(date: string, months: number): string {
  if (!DATE.test(date) || !isRealDay(date)) {
    throw new RangeError(`date must be a real day as YYYY-MM-DD, was ${date}`);
  }
  const [year, month, day] = date.split('-').map(Number) as [number, number, number];
  const index = year * 12 + (month - 1) + months;
  const targetYear = Math.floor(index / 12);
  const targetMonth = index - targetYear * 12;
  const lastDay = new Date(Date.UTC(targetYear, targetMonth + 1, 0)).getUTCDate();
  const parts = [targetYear, targetMonth + 1, Math.min(day, lastDay)];
  const [y, m, d] = parts as [number, number, number];
  return `${String(y).padStart(4, '0')}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}`;
}

/** False for 30 February, which Date.parse silently takes for a day in March. */
function isRealDay(date: string): boolean {
  const milliseconds = Date.parse(date);
  return !Number.isNaN(milliseconds) && new Date(milliseconds).toISOString().startsWith(date);
}

/**
 * The k-th of a run of equally long windows that touch one another.
 *
 * @param first start of window 0, `YYYY-MM-DD`.
 * @param stepMonths length of each window in months, >= 1.
 * @param index 0-based number of the window.
 */
export function windowAt(first: string, stepMonths: number, index: number): Window {
  return {
    from: addMonths(first, stepMonths * index),
    to: addMonths(first, stepMonths * (index + 1)),
  };
}

/** Length of a window in the civil calendar: days and weeks, or months and years. */
export type Step = { readonly days: number } | { readonly months: number };

const STEP = /^([1-9]\d{0,2})(d|w|mo|y)$/;

/** How a step is written, for messages. */
export const STEP_RULE =
  'must be a number of days, weeks, months or years, at most 999: 1d, 1w, 1mo, 3mo, 1y';

/** @throws {RangeError} when the text is no step. */
export function parseStep(text: string): Step {
  const [, count, unit] = STEP.exec(text) ?? [];
  switch (unit) {
    case 'd':
      return { days: Number(count) };
    case 'w':
      return { days: 7 * Number(count) };
    case 'mo':
      return { months: Number(count) };
    case 'y':
      return { months: 12 * Number(count) };
    default:
      throw new RangeError(`a step ${STEP_RULE}, was ${text}`);
  }
}

/**
 * The length of a window as a step is written, in the largest unit that fits; null for one that is
 * no whole number of days.
 */
export function stepOf({ from, to }: Window): string | null {
  if (!DATE.test(from) || !DATE.test(to)) return null;
  const days = Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
  const months = Math.round(days / 30.4);
  if (months > 0 && addMonths(from, months) === to) {
    return months % 12 === 0 ? `${String(months / 12)}y` : `${String(months)}mo`;
  }
  return days % 7 === 0 ? `${String(days / 7)}w` : `${String(days)}d`;
}

/**
 * The date that lies a number of steps after another.
 *
 * @param count whole number of steps, >= 0.
 * @throws {RangeError} when the date is not a real one.
 */
export function addSteps(date: string, step: Step, count: number): string {
  if ('months' in step) return addMonths(date, step.months * count);
  const start = Date.parse(addMonths(date, 0));
  return new Date(start + step.days * count * 86_400_000).toISOString().slice(0, 10);
}

/**
 * The window of one step that holds a bar's time; windows touch one another from `first` on.
 *
 * @param day at or after `first`.
 */
export function windowHolding(first: string, step: Step, day: string): Window {
  const days = (Date.parse(day.slice(0, 10)) - Date.parse(first)) / 86_400_000;
  // No month is longer than 31 days, so this index is never too far, only a few windows short.
  let index = Math.max(0, Math.floor(days / ('days' in step ? step.days : step.months * 31)));
  while (addSteps(first, step, index + 1) <= day) index += 1;
  return { from: addSteps(first, step, index), to: addSteps(first, step, index + 1) };
}
