import { InvalidArgumentError } from 'commander';

const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Parses the length of a bar, such as `1d`, `4h` or `15m`. @returns milliseconds. */
export function barDuration(text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,3})([smhdw])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? 0);
  if (ms > 0) return ms;
  throw new InvalidArgumentError(
    'it must be a whole number and s, m, h, d or w, such as 1d or 15m.',
  );
}

/** The same the other way round, in the largest unit that fits. */
export function durationText(ms: number): string {
  const fitting = Object.entries(UNITS_MS).findLast(([, unitMs]) => ms % unitMs === 0);
  return fitting === undefined ? `${String(ms)}ms` : `${String(ms / fitting[1])}${fitting[0]}`;
}
