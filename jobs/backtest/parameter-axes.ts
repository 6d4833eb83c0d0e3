import type { ParameterSet, ParameterValue } from '../../schemas/primitives.ts';
import { nearestName } from '../../schemas/nearest-name.ts';
import { BadInputError } from '../contract/job-error.ts';

/** A parameter's value as a table can hold it. */
export type FlatValue = number | string | boolean;

/** Parameters by name; those within lists and objects by their path, such as `rules.0.fast`. */
export function flatParameters(set: ParameterSet): Readonly<Record<string, FlatValue>> {
  const flat: Record<string, FlatValue> = {};
  const visit = (path: string, value: ParameterValue): void => {
    if (typeof value !== 'object') {
      flat[path] = value;
      return;
    }
    for (const [name, inner] of Object.entries(value)) {
      visit(path === '' ? name : `${path}.${name}`, inner);
    }
  };
  visit('', set);
  return flat;
}

/** A parameter along a side of a map: its cells in ascending order. */
export interface Axis {
  readonly name: string;
  readonly labels: readonly string[];
  /** Which cell each parameter set falls into. */
  readonly cells: readonly number[];
}

/** Values that get a cell each; more are put into ranges. */
const VALUES_MAX = 24;
const RANGES = 12;

/**
 * The sides of a map over a sweep.
 *
 * @param sets all parameters of each set, flat.
 * @param wanted names of one or two parameters; null for the two with the most distinct values.
 * @returns no axis when no parameter varies, one when one does.
 * @throws {BadInputError} naming a wanted parameter that there is none of, or that does not vary.
 */
export function axesOf(
  sets: readonly Readonly<Record<string, FlatValue>>[],
  wanted: readonly string[] | null,
): Axis[] {
  const names = [...new Set(sets.flatMap((set) => Object.keys(set)))];
  const distinct = new Map(names.map((name) => [name, new Set(sets.map((set) => set[name])).size]));
  const varying = names.filter((name) => (distinct.get(name) ?? 0) > 1);
  for (const name of wanted ?? []) refuseAxis(name, names, varying);
  const most = varying.toSorted(
    (one, other) => (distinct.get(other) ?? 0) - (distinct.get(one) ?? 0),
  );
  return (wanted ?? most.slice(0, 2)).map((name) => axisOf(name, sets));
}

function refuseAxis(name: string, names: readonly string[], varying: readonly string[]): void {
  if (varying.includes(name)) return;
  const known = varying.join(', ') || 'none';
  if (names.includes(name)) {
    throw new BadInputError(
      `--heat-map must name parameters that vary, ${name} is the same in all sets. Varying: ${known}.`,
    );
  }
  const nearest = nearestName(name, names);
  const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
  throw new BadInputError(
    `--heat-map must name parameters of the sets, was ${name}. Varying: ${known}.${hint}`,
  );
}

function axisOf(name: string, sets: readonly Readonly<Record<string, FlatValue>>[]): Axis {
  const values = sets.map((set) => set[name]);
  const distinct = [...new Set(values)].sort(byValue);
  const numbers = distinct.filter((value) => typeof value === 'number');
  if (distinct.length <= VALUES_MAX || numbers.length < distinct.length) {
    const labels = distinct.map((value) => (value === undefined ? 'not given' : String(value)));
    return { name, labels, cells: values.map((value) => distinct.indexOf(value)) };
  }
  const { labels, cellOf } = numbers.every(Number.isInteger)
    ? wholeRanges(numbers)
    : evenRanges(numbers);
  return { name, labels, cells: values.map((value) => cellOf(Number(value))) };
}

interface Ranges {
  readonly labels: readonly string[];
  readonly cellOf: (value: number) => number;
}

/** Ranges of equal width over ascending numbers. */
function evenRanges(numbers: readonly number[]): Ranges {
  const low = numbers[0] ?? 0;
  const width = ((numbers.at(-1) ?? 0) - low) / RANGES;
  return {
    labels: Array.from(
      { length: RANGES },
      (_, cell) => `${short(low + cell * width)} to ${short(low + (cell + 1) * width)}`,
    ),
    cellOf: (value) => Math.min(RANGES - 1, Math.floor((value - low) / width)),
  };
}

/** Ranges of as many whole numbers each, the last one cut off at the greatest. */
function wholeRanges(numbers: readonly number[]): Ranges {
  const low = numbers[0] ?? 0;
  const high = numbers.at(-1) ?? 0;
  const width = Math.ceil((high - low + 1) / RANGES);
  return {
    labels: Array.from({ length: Math.ceil((high - low + 1) / width) }, (_, cell) => {
      const first = low + cell * width;
      return `${String(first)} to ${String(Math.min(first + width - 1, high))}`;
    }),
    cellOf: (value) => Math.floor((value - low) / width),
  };
}

/** Numbers by size, then everything else by its text. */
function byValue(one: FlatValue | undefined, other: FlatValue | undefined): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other;
  return String(one) < String(other) ? -1 : 1;
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)));
}
