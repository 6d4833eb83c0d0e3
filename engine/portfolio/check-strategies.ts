import { PreconditionError } from '../precondition.ts';
import type { PortfolioOptions } from './portfolio-options.ts';

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
 * Exactly one way to decide, and warm-ups that end before the bars do.
 *
 * @throws {PreconditionError} naming strategy and field.
 */
export function checkStrategies(options: PortfolioOptions): void {
  const { decide, sleeves } = options;
  if ((decide === undefined) === (sleeves === undefined)) {
    const was = decide === undefined ? 'neither' : 'both';
    throw new PreconditionError(`options must have either decide or sleeves, was ${was}`);
  }
  for (const asked of sleeves ?? [options]) checkWarmUp(asked, options);
}

function checkWarmUp(asked: Named, { bars, state, isPartial = false }: PortfolioOptions): void {
  const { warmUpBars = 0 } = asked;
  const where = `${strategyName(asked)}: warmUpBars`;
  if (!Number.isInteger(warmUpBars) || warmUpBars < 0) {
    throw new PreconditionError(`${where} must be a whole number >= 0, was ${String(warmUpBars)}`);
  }
  const last = bars.at(-1);
  const count = state.barCount + bars.length;
  if (last !== undefined && warmUpBars >= count && !isPartial) {
    throw new PreconditionError(
      `${where} must be less than the ${String(count)} bars up to ${last.time}, was ${String(warmUpBars)}. Give more bars, or say isPartial when more will follow.`,
    );
  }
}
