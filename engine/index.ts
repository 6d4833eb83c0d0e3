/**
 * The engine's public face: pure trading math. No clock, no randomness of its own, no I/O. The
 * same inputs give the same bytes on every machine.
 */
export { barSeries, type BarSeries } from './bar-series.ts';
export { BarsFileError, formatBars, readBars } from './bars-file.ts';
export {
  bootstrapMeans,
  shareAboveZero,
  stationaryBootstrapIndices,
  type BootstrapOptions,
} from './bootstrap.ts';
export { FEATURE_NAMES, featureColumns, featureWarmUpBars } from './features.ts';
export { applyGatePolicy } from './gate.ts';
export {
  exponentialAverage,
  movingAverageConvergence,
  relativeStrengthIndex,
  rollingMaximum,
  rollingVolatility,
  simpleAverage,
  simpleReturns,
  type MovingAverageConvergence,
} from './indicators.ts';
export { measure, type Measured } from './metrics.ts';
export { orderIdOf } from './order-id.ts';
export { PreconditionError } from './precondition.ts';
export { lcg, xoshiro, type RandomSource } from './random.ts';
export { contiguousFolds, holdoutSplit, type HoldoutSplit, type RowRange } from './splits.ts';
export { ENGINE_VERSION } from './version.ts';
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
export { fromMoney, toMoney } from './portfolio/money.ts';
export type * from './portfolio/portfolio-types.ts';
export {
  openPortfolio,
  runPortfolio,
  type PortfolioOptions,
  type PortfolioRun,
} from './portfolio/run-portfolio.ts';
