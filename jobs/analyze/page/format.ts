import type { Window } from '../../../schemas/window.ts';

const MINUS = '\u2212';

/** What stands in place of a figure that is undefined. */
export const UNDEFINED_FIGURE = '–';

/** `0.3821` as `+38.2%`. */
export function signedPercent(value: number | null): string {
  const text = percent(value);
  return value === null || text.startsWith(MINUS) || !/[1-9]/.test(text) ? text : `+${text}`;
}

/** `0.1214` as `12.1%`. */
export function percent(value: number | null): string {
  return value === null ? UNDEFINED_FIGURE : `${decimal(value * 100, 1)}%`;
}

/** `0.4567` as `0.46`. */
export function ratio(value: number | null): string {
  return value === null ? UNDEFINED_FIGURE : decimal(value, 2);
}

/** `2012` as `2,012`. */
export function count(value: number | null): string {
  return value === null ? UNDEFINED_FIGURE : decimal(value, 0);
}

/** `1140917.6677` as `1,140,918`. */
export function money(value: number | null): string {
  return count(value);
}

/** Milliseconds as `412 ms`, `1.2 s` or `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 999.5) {
    return `${decimal(ms, 0)} ms`;
  }
  const seconds = ms / 1000;
  return seconds < 59.95
    ? `${decimal(seconds, 1)} s`
    : `${String(Math.floor(Math.round(seconds) / 60))} min ${String(Math.round(seconds) % 60)} s`;
}

/** A half-open span as people read it. */
export function span(window: Window): string {
  return `${window.from} to ${window.to}`;
}

/** A name that programs use, in words: `roll-out` as `Roll-out`. */
export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A fixed number of decimals, groups of three, a real minus, and no minus before a zero. */
function decimal(value: number, digits: number): string {
  const [whole = '', fraction] = Math.abs(value).toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}
