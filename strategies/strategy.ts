import type { z } from 'zod';
import type { BarSeries } from '../engine/bar-series.ts';
import type { FuturesTerms } from '../engine/futures/futures-ledger.ts';
import type { RandomSource } from '../engine/random.ts';
import type { ParameterSet } from '../schemas/primitives.ts';
import type { FeatureSpec } from '../schemas/release.ts';
import type { StrategyDescription } from '../schemas/settings.ts';
import type { StrategyState } from '../schemas/trading.ts';
import { parseSettings } from './settings-error.ts';

/**
 * Columns that a strategy computes for itself, by name; one value a bar, NaN before warm-up. One that is
 * named `rule:<name>` is the forecast of one rule, and reports show it as such.
 */
export type Columns<Name extends string = string> = Readonly<Record<Name, Float64Array>>;

/**
 * All that `decide` may look at: one bar's figures, never a column. It is valid during the call: the
 * next bar overwrites it.
 */
export interface BarView<Name extends string = string> {
  readonly index: number;
  /** The prepared columns at this bar. */
  readonly features: Readonly<Record<Name, number>>;
  /** The model's output at this bar; null without a model. */
  readonly prediction: number | null;
  /** Share of equity in the instrument at this close, 0 when flat; in a futures account contracts. */
  readonly held: number;
}

/** A strategy's answer to one bar. */
export interface StrategyDecision {
  /** Scaled view, -20 to 20; 10 is an average long view. */
  readonly forecast: number;
  /** Wanted share of equity in the instrument, 0 to 1; in a futures account contracts, signed. */
  readonly target: number;
  readonly state: StrategyState;
}

/**
 * What the author of a strategy writes: one file each, pure and synchronous. `prepare` may use the
 * rows up to each row only; the strategy contract test proves that on every row.
 */
export interface StrategyRules<
  P extends ParameterSet = ParameterSet,
  Name extends string = string,
> {
  readonly id: string;
  /** A few words for a list. */
  readonly title: string;
  /** One or two sentences: when it is in the market and when it is not. */
  readonly description: string;
  readonly parameters: z.ZodObject & z.ZodType<P>;
  readonly defaultParameters: P;
  /** Settings that a trainer job reads; every key has a default. */
  readonly trainer: z.ZodObject;
  readonly trainerJob: StrategyDescription['trainerJob'];
  /** Draws one parameter set of the space to search; null when nothing is searched. */
  readonly sample: ((random: RandomSource) => P) | null;
  /** Inputs of the model, in order; no names without a model. */
  readonly featureSpec: (parameters: P) => FeatureSpec;
  /** Index of the first bar that may be decided on. */
  readonly warmUpBars: (parameters: P) => number;
  readonly initialState: (parameters: P) => StrategyState;
  /** The account of a strategy that trades futures; left out by those that hold a share of one. */
  readonly futures?: (parameters: P) => FuturesTerms;
  readonly prepare: (series: BarSeries, parameters: P) => Columns<Name>;
  readonly decide: (view: BarView<Name>, state: StrategyState, parameters: P) => StrategyDecision;
}

/** A strategy with its parameters checked and filled in. */
export interface BoundStrategy {
  readonly parameters: ParameterSet;
  readonly featureSpec: FeatureSpec;
  readonly warmUpBars: number;
  readonly initialState: StrategyState;
  /** Null for a strategy that holds a share of its account. */
  readonly futures: FuturesTerms | null;
  /** The strategy's own columns over a series, for reports: NaN where not defined yet. */
  readonly columns: (series: BarSeries) => Columns;
  /** @returns the answer to each bar of the series, given what else is known at that bar. */
  readonly prepare: (series: BarSeries) => DecideAt;
}

export type DecideAt = (
  moment: { readonly index: number; readonly prediction: number | null; readonly held: number },
  state: StrategyState,
) => StrategyDecision;

/** `share`: one instrument, long or not at all. `futures`: contracts of fixed capital, signed. */
export type AccountKind = 'share' | 'futures';

/** A registered strategy as hosts see it. */
export interface Strategy {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly parameters: z.ZodObject;
  readonly defaultParameters: ParameterSet;
  readonly trainer: z.ZodObject;
  readonly trainerJob: StrategyDescription['trainerJob'];
  readonly sample: ((random: RandomSource) => ParameterSet) | null;
  /** What kind of account its targets are for. */
  readonly account: AccountKind;
  /** @throws {SettingsError} when the parameters break the strategy's schema. */
  readonly bind: (parameters: unknown) => BoundStrategy;
}

/** Makes a strategy of its rules. */
export function defineStrategy<P extends ParameterSet, Name extends string>(
  rules: StrategyRules<P, Name>,
): Strategy {
  return {
    id: rules.id,
    title: rules.title,
    description: rules.description,
    parameters: rules.parameters,
    defaultParameters: rules.defaultParameters,
    trainer: rules.trainer,
    trainerJob: rules.trainerJob,
    sample: rules.sample,
    account: rules.futures === undefined ? 'share' : 'futures',
    bind: (value) => bindRules(rules, value),
  };
}

function bindRules<P extends ParameterSet, Name extends string>(
  rules: StrategyRules<P, Name>,
  value: unknown,
): BoundStrategy {
  const parameters = parseSettings<P>(rules.parameters, value, `parameters of ${rules.id}`);
  return {
    parameters,
    featureSpec: rules.featureSpec(parameters),
    warmUpBars: rules.warmUpBars(parameters),
    initialState: rules.initialState(parameters),
    futures: rules.futures?.(parameters) ?? null,
    columns: (series) => columnsOf(rules, series, parameters),
    prepare: (series) => {
      const columns = columnsOf(rules, series, parameters);
      const view = { index: 0, features: {}, prediction: null as number | null, held: 0 };
      view.features = featuresAt(columns, view);
      return ({ index, prediction, held }, state) => {
        view.index = index;
        view.prediction = prediction;
        view.held = held;
        return rules.decide(view as BarView<Name>, state, parameters);
      };
    },
  };
}

/** A column that is longer or shorter than the bars. The message says what to change. */
export class ColumnLengthError extends RangeError {
  override readonly name = 'ColumnLengthError';
}

/** @throws {ColumnLengthError} for a column that is longer or shorter than the bars: it would be read shifted. */
function columnsOf<P extends ParameterSet, Name extends string>(
  rules: StrategyRules<P, Name>,
  series: BarSeries,
  parameters: P,
): Columns<Name> {
  const columns = rules.prepare(series, parameters);
  const bars = series.length;
  for (const [name, column] of Object.entries<Float64Array>(columns)) {
    if (column.length === bars) continue;
    throw new ColumnLengthError(
      `column ${name} must have ${String(bars)} values, had ${String(column.length)}`,
    );
  }
  return columns;
}

/**
 * The columns at the bar that a cursor stands on, by name. They are read when the strategy asks for
 * them: copying them into an object would allocate a box for every number of every bar.
 */
function featuresAt<Name extends string>(
  columns: Columns<Name>,
  cursor: { readonly index: number },
): Readonly<Record<Name, number>> {
  const features = {} as Record<Name, number>;
  for (const [name, column] of Object.entries<Float64Array>(columns)) {
    Object.defineProperty(features, name, { enumerable: true, get: () => column[cursor.index] });
  }
  return features;
}
