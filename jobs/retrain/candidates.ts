import type { RandomSource } from '../../engine/random.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';

export interface DrawCandidatesInput {
  /** Always the first candidate: the strategy's default set. */
  readonly first: ParameterSet;
  readonly sample: (random: RandomSource) => ParameterSet;
  readonly count: number;
  readonly random: RandomSource;
}

/** Draws a candidate before giving up on finding one that is new; small spaces run out. */
const DRAWS_PER_CANDIDATE = 20;

/**
 * Distinct parameter sets in the order in which they were drawn: `count` of them, or fewer when
 * the space runs out of new ones.
 */
export function drawCandidates(input: DrawCandidatesInput): ParameterSet[] {
  const candidates = [input.first];
  const known = new Set([parameterKey(input.first)]);
  const draws = input.count * DRAWS_PER_CANDIDATE;
  for (let draw = 0; draw < draws && candidates.length < input.count; draw += 1) {
    const candidate = input.sample(input.random);
    const key = parameterKey(candidate);
    if (!known.has(key)) {
      known.add(key);
      candidates.push(candidate);
    }
  }
  return candidates;
}

/** One text per parameter set, whatever the order of its keys. */
function parameterKey(parameters: ParameterSet): string {
  return JSON.stringify(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * Order of two parameter sets by their values in the order of their keys: numbers by size, all
 * else by text. Breaks ties of the search, so that smaller periods, which react sooner and need
 * less history, win.
 */
export function compareParameters(left: ParameterSet, right: ParameterSet): number {
  for (const key of Object.keys(left)) {
    const difference = compareValues(left[key], right[key]);
    if (difference !== 0) {
      return difference;
    }
  }
  return 0;
}

function compareValues(left: ParameterSet[string] | undefined, right: typeof left): number {
  if (typeof left === 'number' && typeof right === 'number') {
    return left - right;
  }
  const [a, b] = [textOf(left), textOf(right)];
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

function textOf(value: ParameterSet[string] | undefined): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
