import { z } from 'zod';
import { ParameterSet, Slug } from '../schemas/primitives.ts';
import { shown } from '../schemas/problem-text.ts';
import { SearchSettings } from './search-settings.ts';
import { parseSettings, SettingsError } from './settings-error.ts';
import {
  defineStrategy as makeStrategy,
  type Columns,
  type Strategy,
  type StrategyRules,
} from './strategy.ts';

/** Rules that may be left out, because most strategies have no use for them. */
type Optional = 'trainer' | 'trainerJob' | 'sample' | 'featureSpec' | 'initialState' | 'prepare';

/** What the author of a strategy outside this project writes. */
export type UserRules<
  P extends ParameterSet = ParameterSet,
  Name extends string = string,
> = Partial<Pick<StrategyRules<P, Name>, Optional>> & Omit<StrategyRules<P, Name>, Optional>;

/** A rule that is code. The compiler knows its type; here only its being there is checked. */
const code = z.custom<unknown>((value) => typeof value === 'function', 'must be a function');

/** A zod object of this project's zod major: its names are listed, its problems are told. */
const zodObject = z.custom<unknown>(
  (value) => typeof value === 'object' && value !== null && '_zod' in value && 'shape' in value,
  'must be a zod 4 object such as z.strictObject({ … })',
);

/** Authors who write JavaScript have no compiler to tell them. */
const Rules = z.strictObject({
  id: Slug,
  title: z.string().min(1),
  description: z.string().min(1),
  parameters: zodObject,
  defaultParameters: ParameterSet,
  trainer: zodObject.optional(),
  trainerJob: z.enum(['retrain/search', 'retrain/train']).optional(),
  sample: code.nullable().optional(),
  featureSpec: code.optional(),
  futures: code.optional(),
  warmUpBars: code,
  initialState: code.optional(),
  prepare: code.optional(),
  decide: code,
});

/**
 * Makes a strategy of its rules, for authors outside this project: every rule is checked, and those
 * that most strategies do not need may be left out.
 *
 * @throws {SettingsError} naming every rule that is missing, unknown or of a wrong kind, and default
 *   parameters that break their own schema.
 */
export function defineStrategy<P extends ParameterSet, Name extends string = never>(
  rules: UserRules<P, Name>,
): Strategy {
  parseSettings(Rules, rules, 'rules of the strategy');
  const strategy = makeStrategy<P, Name>({
    trainer: SearchSettings,
    trainerJob: 'retrain/search',
    sample: null,
    featureSpec: () => ({ names: [], warmUpBars: 0 }),
    initialState: () => ({}),
    prepare: () => ({}) as Columns<Name>,
    ...rules,
    warmUpBars: (parameters) => requireBars(rules.warmUpBars(parameters)),
  });
  strategy.bind(rules.defaultParameters);
  return strategy;
}

/** A count of bars, whatever the compiler was told. */
function requireBars(bars: unknown): number {
  if (typeof bars === 'number' && Number.isInteger(bars) && bars >= 0) return bars;
  throw new SettingsError(
    `warmUpBars must answer a whole number of bars >= 0, was ${shown(bars)}. Round it up.`,
  );
}
