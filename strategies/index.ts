/**
 * What the file of a strategy outside this project imports: `strategy-loop/strategy`. Indicators and
 * statistics are in `strategy-loop/engine`.
 */
export { z } from 'zod';
export type { BarSeries } from '../engine/bar-series.ts';
export { defineStrategy, type UserRules } from './checked-rules.ts';
export { SearchSettings } from './search-settings.ts';
export type { BarView, Columns, Strategy, StrategyDecision } from './strategy.ts';
export { TrainSettings } from './train-settings.ts';
