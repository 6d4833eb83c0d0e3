/** Figures of one parameter set in a sweep. Amounts in account currency. */
export interface SweepFigures {
  /** The account marked at the last close. */
  readonly finalEquity: number;
  /** Closed trades: round trips. A position that is open at the end counts in equity only. */
  readonly trades: number;
  /** Largest fall of close-marked equity, as a fraction of the peak; the starting cash is a peak. */
  readonly maxDrawdown: number;
}

/** What is told of every fill, so that two engines can be compared decision by decision. */
export type FillRecorder = (
  index: number,
  side: 'buy' | 'sell',
  units: number,
  price: number,
) => void;

/** What all parameter sets of a sweep have in common. */
export interface SweepMarket {
  /** One price a bar, oldest first. */
  readonly open: Float64Array;
  readonly close: Float64Array;
  /** Index of the first bar that is decided on. */
  readonly firstDecision: number;
  /** In 1/10,000 of the traded notional, as in the cost model. */
  readonly feeBps: number;
  readonly halfSpreadBps: number;
  readonly initialCash: number;
}
