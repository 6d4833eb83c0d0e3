import { PreconditionError } from '../precondition.ts';
import type { PortfolioOptions } from './portfolio-options.ts';
import type { PortfolioBar } from './portfolio-types.ts';

interface Named {
  readonly strategy?: string;
  readonly sleeveId?: string;
  readonly warmUpBars?: number;
}

/** What errors call a strategy. */
export function strategyName({ strategy, sleeveId }: Named): string {
  return strategy ?? (sleeveId === undefined ? 'strategy' : `sleeve ${sleeveId}`);
}

/**
 * Exactly one way to decide, and warm-ups that are usable numbers.
 *
 * @throws {PreconditionError} naming strategy and field.
 */
export function checkStrategies(options: PortfolioOptions<Iterable<PortfolioBar>>): void {
  const { decide, sleeves } = options;
  if ((decide === undefined) === (sleeves === undefined)) {
    const was = decide === undefined ? 'neither' : 'both';
    throw new PreconditionError(`options must have either decide or sleeves, was ${was}`);
  }
  for (const asked of sleeves ?? [options]) {
    const { warmUpBars = 0 } = asked;
    if (Number.isInteger(warmUpBars) && warmUpBars >= 0) continue;
    throw new PreconditionError(
      `${strategyName(asked)}: warmUpBars must be a whole number >= 0, was ${String(warmUpBars)}`,
    );
  }
}

/**
 * Warm-ups must end before the bars do. How many bars there are is known when they have been walked.
 *
 * @throws {PreconditionError} naming strategy and field.
 */
export function checkWarmUps(
  options: PortfolioOptions<Iterable<PortfolioBar>>,
  barCount: number,
  last: string | null,
): void {
  if (last === null || options.isPartial === true) return;
  for (const asked of options.sleeves ?? [options]) {
    const { warmUpBars = 0 } = asked;
    if (warmUpBars < barCount) continue;
    throw new PreconditionError(
      `${strategyName(asked)}: warmUpBars must be less than the ${String(barCount)} bars up to ${last}, was ${String(warmUpBars)}. Give more bars, or say isPartial when more will follow.`,
    );
  }
}
