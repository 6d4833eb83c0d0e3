import { PreconditionError } from './precondition.ts';

/** What an order to enter must keep to. Leaving the market is never refused. */
export interface RiskRules {
  /** Largest share of equity that may be wanted in the instrument, > 0 to 1. */
  readonly targetMax: number;
}

/** Rules that refuse nothing but an order of an account that has nothing to trade with. */
export const NO_RISK_RULES: RiskRules = { targetMax: 1 };

/** @throws {PreconditionError} when a rule is outside its range. */
export function checkRiskRules({ targetMax }: RiskRules): void {
  if (!(targetMax > 0 && targetMax <= 1)) {
    throw new PreconditionError(`targetMax must be in (0, 1], was ${String(targetMax)}`);
  }
}

/** Whether an order may be sent, at the equity of the close that it was decided at. */
export function isOrderAllowed(target: number, equity: number, rules: RiskRules): boolean {
  return target === 0 || (target <= rules.targetMax && equity > 0);
}
