/**
 * The engine's public face: pure trading math. No clock, no randomness of its own, no I/O. The
 * same inputs give the same bytes on every machine.
 */
export { barColumns, barSeries, type BarColumns, type BarSeries } from './bar-series.ts';
export { BarsFileError, formatBars, readBars } from './bars-file.ts';
export {
  bootstrapMeans,
  bootstrapPValue,
  shareAboveZero,
  stationaryBootstrapIndices,
  type BootstrapOptions,
} from './bootstrap.ts';
export {
  RecordKind,
  type DecisionLog,
  type FillColumns,
  type RecordColumns,
} from './decision-log/decision-log.ts';
export type { WalkLedger } from './decision-log/walk-ledger.ts';
export { FEATURE_NAMES, featureColumns, featureWarmUpBars } from './features.ts';
export type { CarryColumns } from './forecasts/carry.ts';
export {
  ewmacCarryColumns,
  type EwmacCarryColumns,
  type EwmacCarryOptions,
} from './forecasts/ewmac-carry.ts';
export type { CurvePoint, SeriesBar } from './futures/curve.ts';
export type { FuturesTerms } from './futures/futures-ledger.ts';
export {
  openFuturesAccount,
  walkFutures,
  type FuturesAccount,
  type FuturesWalk,
  type FuturesWalkOptions,
} from './futures/walk-futures.ts';
export { futuresEquity, type FuturesAccountOptions } from './forecasts/futures-account.ts';
export { diversificationMultiplier } from './forecasts/trend.ts';
export { applyGatePolicy } from './gate.ts';
export {
  adjustedAverage,
  exponentialAverage,
  movingAverageConvergence,
  relativeStrengthIndex,
  rollingMaximum,
  rollingVolatility,
  simpleAverage,
  simpleReturns,
  wilderAverage,
  type MovingAverageConvergence,
} from './indicators.ts';
export { INDICATORS, type Indicator } from './indicators/catalog.ts';
export type { BarStream, IndicatorState, PriceBar, PriceColumns } from './indicators/stream.ts';
export { measure, measureWalk, type Measured } from './metrics.ts';
export { orderIdOf } from './order-id.ts';
export { PreconditionError } from './precondition.ts';
export {
  purge,
  purgedFolds,
  type LabelledRows,
  type PurgedSplit,
  type SplitPlan,
} from './purged-splits.ts';
export { lcg, xoshiro, type RandomSource } from './random.ts';
export { contiguousFolds, holdoutSplit, type HoldoutSplit, type RowRange } from './splits.ts';
export { backtestOverfitting, type Overfitting } from './statistics/backtest-overfitting.ts';
export { deflatedSharpeOf, expectedMaximumSharpe } from './statistics/deflated-sharpe.ts';
export { annualGrowth, calmarOf, growthOf, type Growth } from './statistics/growth.ts';
export { kurtosisOf, skewnessOf } from './statistics/moments.ts';
export { defaultLags, neweyWestT } from './statistics/newey-west.ts';
export { hitRateOf, profitFactorOf, quantileOfSorted, tailRatioOf } from './statistics/outcomes.ts';
export {
  minimumTrackRecordOf,
  probabilisticSharpeOf,
  type TrackRecordOptions,
} from './statistics/probabilistic-sharpe.ts';
export { mannWhitney, type RankSum } from './statistics/rank-sum.ts';
export { periodSharpeOf, sharpeOf, sortinoOf, type SortinoOptions } from './statistics/ratios.ts';
export {
  returnStatistics,
  type ReturnStatistics,
  type ReturnStatisticsSettings,
} from './statistics/return-statistics.ts';
export { ENGINE_VERSION } from './version.ts';
export type { RiskRules } from './risk-rules.ts';
export { combinatorialSplits, inclusiveRanges, walkForwardSplits } from './walk-forward-splits.ts';
export {
  openAccount,
  walk,
  type IndexSpan,
  type Walk,
  type WalkDecision,
  type WalkMoment,
  type WalkOptions,
} from './walk.ts';
export { fillPrice } from './portfolio/fill-price.ts';
export { fromMoney, fromUnits, moneyText, toMoney, toUnits } from './portfolio/money.ts';
export { openPortfolio, type OpenPortfolioOptions } from './portfolio/open-portfolio.ts';
export type * from './portfolio/portfolio-options.ts';
export type * from './portfolio/portfolio-state.ts';
export { portfolioFromText, portfolioText } from './portfolio/portfolio-text.ts';
export type * from './portfolio/portfolio-types.ts';
export type {
  PortfolioDecision,
  PortfolioInstruction,
  PortfolioView,
  SleeveDecision,
  SleeveView,
} from './portfolio/portfolio-view.ts';
export { runPortfolio } from './portfolio/run-portfolio.ts';
export { StrategyError } from './portfolio/strategy-error.ts';
