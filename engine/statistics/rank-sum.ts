import { PreconditionError } from '../precondition.ts';
import { normalProbability } from './normal.ts';

export interface RankSum {
  /** U of the first sample: in how many pairs it is greater, ties counting a half. */
  readonly u1: number;
  readonly u2: number;
  /** Chance of so extreme a U if both samples came from one distribution. */
  readonly p: number;
}

/**
 * Mann-Whitney rank-sum test with average ranks, the normal approximation, tie correction and a
 * continuity correction of 0.5.
 *
 * @param first, second samples of finite numbers, each of length >= 1.
 * @param alternative `two-sided`, or `greater` when only a greater first sample counts.
 * @returns p = 1 when all values are equal.
 * @throws {PreconditionError} when a sample is empty or holds a value that is not finite.
 * @see H. Mann & D. Whitney, "On a Test of Whether one of Two Random Variables is Stochastically
 *   Larger than the Other", Annals of Mathematical Statistics 18(1), 1947.
 */
export function mannWhitney(
  first: readonly number[],
  second: readonly number[],
  alternative: 'two-sided' | 'greater' = 'two-sided',
): RankSum {
  checkSample('first', first);
  checkSample('second', second);
  const n1 = first.length;
  const n2 = second.length;
  const n = n1 + n2;
  const { ranks, ties } = averageRanks([...first, ...second]);
  let rankSum = 0;
  for (let index = 0; index < n1; index += 1) {
    rankSum += ranks[index] as number;
  }
  const u1 = rankSum - (n1 * (n1 + 1)) / 2;
  const u2 = n1 * n2 - u1;
  const deviation = Math.sqrt(((n1 * n2) / 12) * (n + 1 - ties / (n * (n - 1))));
  if (deviation === 0) {
    return { u1, u2, p: 1 };
  }
  const u = alternative === 'greater' ? u1 : Math.max(u1, u2);
  const z = (u - (n1 * n2) / 2 - 0.5) / deviation;
  // The upper tail as Φ(−z): 1 − Φ(z) would lose all digits of small probabilities.
  const tail = normalProbability(-z);
  return { u1, u2, p: alternative === 'greater' ? tail : Math.min(1, 2 * tail) };
}

function checkSample(name: string, sample: readonly number[]): void {
  const wrong = sample.findIndex((value) => !Number.isFinite(value));
  if (sample.length === 0 || wrong !== -1) {
    const was = sample.length === 0 ? 'empty' : `${String(sample[wrong])} at ${String(wrong)}`;
    throw new PreconditionError(`${name} sample must be one or more finite numbers, was ${was}`);
  }
}

/** Ranks from 1, equal values sharing their mean rank; `ties` is Σ(t³ − t) over groups of t. */
function averageRanks(values: readonly number[]): { ranks: Float64Array; ties: number } {
  const order = values.map((_, index) => index);
  order.sort((left, right) => (values[left] as number) - (values[right] as number));
  const ranks = new Float64Array(values.length);
  let ties = 0;
  let start = 0;
  while (start < order.length) {
    const value = values[order[start] as number];
    let end = start + 1;
    while (end < order.length && values[order[end] as number] === value) {
      end += 1;
    }
    for (let position = start; position < end; position += 1) {
      ranks[order[position] as number] = (start + 1 + end) / 2;
    }
    ties += (end - start) ** 3 - (end - start);
    start = end;
  }
  return { ranks, ties };
}
