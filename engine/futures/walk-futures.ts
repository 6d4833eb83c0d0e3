import type { CostModel } from '../../schemas/settings.ts';
import type { StrategyState } from '../../schemas/trading.ts';
import type { BarSeries } from '../bar-series.ts';
import { PreconditionError } from '../precondition.ts';
import type { IndexSpan, WalkMoment } from '../walk.ts';
import {
  FuturesLedger,
  openFutures,
  type FuturesPosition,
  type FuturesTerms,
} from './futures-ledger.ts';

/** The answer to one bar. */
export interface FuturesAnswer {
  /** Scaled view, -20 to 20; null where it is undefined. */
  readonly forecast: number | null;
  readonly prediction: number | null;
  /** Wanted contracts, fractional and signed. */
  readonly target: number;
  readonly state: StrategyState;
}

export interface FuturesDecision extends Omit<FuturesAnswer, 'state'> {
  readonly index: number;
  readonly time: string;
}

/** An order done on one bar. Amounts in account currency. */
export interface FuturesFill {
  readonly index: number;
  readonly time: string;
  /** Contracts bought, negative when sold; 0 when a roll alone cost something. */
  readonly contracts: number;
  /** Contracts held after it. */
  readonly held: number;
  readonly price: number;
  readonly fee: number;
  /** Half spread paid. */
  readonly slippage: number;
}

/** The account marked at one close. */
export interface FuturesPoint {
  readonly time: string;
  readonly equity: number;
  /** Contracts in force over the move into this close. */
  readonly contracts: number;
  readonly close: number;
}

/** Everything that must survive between two walks: plain JSON. */
export interface FuturesAccount extends FuturesPosition {
  readonly strategyState: StrategyState;
  /** Open time of the last bar that was walked; null before the first. */
  readonly lastBar: string | null;
}

export interface FuturesWalkOptions {
  readonly series: BarSeries;
  readonly span: IndexSpan;
  readonly account: FuturesAccount;
  readonly terms: FuturesTerms;
  readonly costModel: CostModel;
  /** `held` of the moment is in contracts: those wanted at the last close. */
  readonly decide: (moment: WalkMoment) => FuturesAnswer;
}

export interface FuturesWalk {
  readonly decisions: readonly FuturesDecision[];
  readonly fills: readonly FuturesFill[];
  readonly equity: readonly FuturesPoint[];
  readonly account: FuturesAccount;
}

/** A flat futures account. */
export function openFuturesAccount(
  capital: number,
  strategyState: StrategyState = {},
): FuturesAccount {
  return { ...openFutures(capital), strategyState, lastBar: null };
}

/**
 * Walks bars one by one: fills what was wanted, marks the account, asks for the contracts to hold next.
 * Walking [a, b) and then [b, c) gives what walking [a, c) gives, to the last bit.
 *
 * @throws {PreconditionError} when the first bar is not later than the account's last one, or when a
 *   target is not finite.
 */
export function walkFutures(options: FuturesWalkOptions): FuturesWalk {
  const { series, span, terms, costModel, account } = options;
  checkStart(options);
  const ledger = new FuturesLedger({ market: series, terms, costModel, position: account });
  const decisions: FuturesDecision[] = [];
  const fills: FuturesFill[] = [];
  const equity: FuturesPoint[] = [];
  let { strategyState: state, lastBar } = account;
  for (let index = span.fromIndex; index < span.toIndex; index += 1) {
    const time = series.time[index] as string;
    const kept = ledger.contracts;
    ledger.mark(index);
    const { filled, price, fee, slippage } = ledger;
    if (filled !== 0 || fee + slippage > 0) {
      const held = ledger.contracts;
      fills.push({ index, time, contracts: filled, held, price, fee, slippage });
    }
    const inForce = terms.execution === 'nextOpen' ? ledger.contracts : kept;
    const close = series.close[index] as number;
    equity.push({ time, equity: ledger.equity, contracts: inForce, close });
    const answer = options.decide({ index, held: ledger.contracts, state });
    if (!Number.isFinite(answer.target)) {
      throw new PreconditionError(
        `target at ${time} must be finite, in contracts, was ${String(answer.target)}`,
      );
    }
    const { forecast, prediction, target } = answer;
    state = answer.state;
    ledger.wanted = target;
    decisions.push({ index, time, forecast, prediction, target });
    lastBar = time;
  }
  const after = { ...ledger.position(), strategyState: state, lastBar };
  return { decisions, fills, equity, account: after };
}

function checkStart({ series, span, account }: FuturesWalkOptions): void {
  const first = series.time[span.fromIndex];
  if (first !== undefined && account.lastBar !== null && first <= account.lastBar) {
    throw new PreconditionError(
      `the first bar must be later than the account's last bar ${account.lastBar}, was ${first}`,
    );
  }
}
