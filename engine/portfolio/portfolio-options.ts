import type { LedgerEntry, PortfolioState } from './portfolio-state.ts';
import type {
  CorporateAction,
  CurrencyTerms,
  FuturesChain,
  OrderEvent,
  PortfolioBar,
  PortfolioFill,
  PortfolioInstrument,
} from './portfolio-types.ts';
import type {
  PortfolioDecision,
  PortfolioView,
  SleeveDecision,
  SleeveView,
} from './portfolio-view.ts';
import type { SleeveOrderType } from './sleeve-desk.ts';

/** A strategy with a virtual ledger of its own. */
export interface PortfolioSleeve {
  readonly sleeveId: string;
  /** Name or file that errors speak of; the sleeve's id by default. */
  readonly strategy?: string;
  /** Bars before the first one at which it is asked; 0 by default. */
  readonly warmUpBars?: number;
  readonly decide: (view: SleeveView) => SleeveDecision;
}

export interface PortfolioOptions<Bars extends Iterable<PortfolioBar> = readonly PortfolioBar[]> {
  readonly instruments: readonly PortfolioInstrument[];
  readonly chains?: readonly FuturesChain[];
  /** Terms of every currency but the base one, which costs nothing unless it has terms too. */
  readonly currencies?: readonly CurrencyTerms[];
  /** In the order of time. Read one by one: what a generator gives need not be in memory together. */
  readonly bars: Bars;
  /** In the order of time; each applied before the open of the first bar at its time or later. */
  readonly actions?: readonly CorporateAction[];
  /** `openPortfolio(cash)`, or the state of an earlier run to resume. */
  readonly state: PortfolioState;
  /** Largest sum of absolute positions, as a multiple of equity; orders beyond it are refused. */
  readonly grossMax: number;
  /** Name or file of the strategy that errors speak of. */
  readonly strategy?: string;
  /** Bars before the first one at which the strategy is asked; 0 by default. */
  readonly warmUpBars?: number;
  /** Later runs will go on from the state: bars may end within the warm-up. */
  readonly isPartial?: boolean;
  /** The orders at a close. They are not filled before the next bar of their instrument. */
  readonly decide?: (view: PortfolioView) => PortfolioDecision;
  /** Instead of `decide`: sleeves, in the order in which the portfolio was opened with them. */
  readonly sleeves?: readonly PortfolioSleeve[];
  /** How the net of the sleeves is ordered; `market` by default. */
  readonly sleeveOrders?: SleeveOrderType;
}

export interface PortfolioRun {
  readonly fills: readonly PortfolioFill[];
  readonly events: readonly OrderEvent[];
  readonly ledger: readonly LedgerEntry[];
  /** At each close, in base currency. */
  readonly equity: Float64Array;
  /** The same for each sleeve, by its id. */
  readonly sleeveEquity: Readonly<Record<string, Float64Array>>;
  /** Resumes the run: walking on from it gives what one walk over all bars gives. */
  readonly state: PortfolioState;
}
