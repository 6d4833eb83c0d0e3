import { xoshiro } from '../../engine/random.ts';
import type { ParityCase } from '../../jobs/check/engine-log.ts';
import { parityCase } from '../../jobs/check/parity-case.ts';
import { syntheticBars } from '../../jobs/check/scramble.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { Strategy } from '../../strategies/strategy.ts';

/** The strategy's defaults and drawn parameter sets; every other one with carry where it has carry. */
export function caseOf(
  strategy: Strategy,
  seed: number,
  over: { bars?: readonly Bar[]; sets?: readonly ParameterSet[] } = {},
): ParityCase {
  const random = xoshiro(seed);
  const drawn = [
    strategy.defaultParameters,
    ...Array.from({ length: 5 }, () => strategy.sample?.(random) ?? strategy.defaultParameters),
  ];
  const sets = drawn.map((set, at) =>
    'carry' in set && at % 2 === 1
      ? { ...set, carry: { weight: 0.5, scalar: 30, smoothingCom: 30 * at }, costPrice: 'contract' }
      : set,
  );
  const bars = over.bars ?? syntheticBars(900, seed);
  return parityCase(strategy, bars, over.sets ?? sets);
}
