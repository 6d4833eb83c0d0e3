/** A strategy did what it must not: it threw, or it returned something that cannot be used. */
export class StrategyError extends Error {
  override readonly name = 'StrategyError';
  /** Name or file of the strategy, as the caller gave it. */
  readonly strategy: string;
  /** Time of the bar at whose close it was asked. */
  readonly time: string;
  /** What of its answer is wrong; `decide` when it threw. */
  readonly field: string;

  /** @param problem reads "X must be …, was …". */
  constructor(
    at: { readonly strategy: string; readonly time: string; readonly field: string },
    problem: string,
    options?: ErrorOptions,
  ) {
    super(`${at.strategy}, bar ${at.time}: ${problem}`, options);
    this.strategy = at.strategy;
    this.time = at.time;
    this.field = at.field;
  }
}
