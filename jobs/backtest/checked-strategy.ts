import type { Sizing } from '../../schemas/backtest.ts';
import { sourceName, type StrategySource } from '../../schemas/strategy-places.ts';
import {
  ColumnLengthError,
  type BoundStrategy,
  type DecideAt,
  type StrategyDecision,
} from '../../strategies/strategy.ts';
import { BadInputError } from '../contract/job-error.ts';

/** What a message about a strategy's fault says. */
export interface StrategyPlace {
  readonly strategyId: string;
  /** The code that a user added; null for an installed strategy. */
  readonly source: StrategySource | null;
  /** Open times of the bars. */
  readonly time: readonly string[];
}

/** Largest absolute forecast. */
const FORECAST_MAX = 20;

/**
 * A strategy whose every answer is checked: code that throws, and an answer that is not a number
 * in its range, end the run with the file, the bar and the field at fault.
 */
export function checkedStrategy(
  strategy: BoundStrategy,
  place: StrategyPlace,
  sizing: Sizing,
): BoundStrategy {
  const columns: BoundStrategy['columns'] = (series) =>
    guarded(`${fileOf(place)} prepare`, () => strategy.columns(series));
  const prepare: BoundStrategy['prepare'] = (series) => {
    const decideAt = guarded(`${fileOf(place)} prepare`, () => strategy.prepare(series));
    return strategy.futures === null
      ? checkedDecideAt(decideAt, place, sizing)
      : checkedContracts(decideAt, place);
  };
  return { ...strategy, columns, prepare };
}

function checkedDecideAt(decideAt: DecideAt, place: StrategyPlace, sizing: Sizing): DecideAt {
  return (moment, state) => {
    const decision = answered(decideAt, place, [moment, state]);
    const { forecast, target } = decision;
    if (!(target >= 0 && target <= 1)) {
      throw wrong(place, moment.index, `target must be a number from 0 to 1, was ${shown(target)}`);
    }
    if (!(Math.abs(forecast) <= FORECAST_MAX)) {
      const rule = `forecast must be a number from -20 to 20, was ${shown(forecast)}`;
      throw wrong(place, moment.index, rule);
    }
    const isWhole = sizing === 'target' || target === 0 || target === 1;
    return isWhole ? decision : { ...decision, target: 1 };
  };
}

/** Contracts may be any number; a forecast is not one while it is undefined. */
function checkedContracts(decideAt: DecideAt, place: StrategyPlace): DecideAt {
  return (moment, state) => {
    const decision = answered(decideAt, place, [moment, state]);
    const { forecast, target } = decision;
    if (!Number.isFinite(target)) {
      const rule = `target must be a finite number of contracts, was ${shown(target)}`;
      throw wrong(place, moment.index, rule);
    }
    if (typeof forecast !== 'number') {
      throw wrong(place, moment.index, `forecast must be a number, was ${shown(forecast)}`);
    }
    return decision;
  };
}

function answered(
  decideAt: DecideAt,
  place: StrategyPlace,
  question: Parameters<DecideAt>,
): StrategyDecision {
  let decision: StrategyDecision;
  try {
    decision = decideAt(...question);
  } catch (error) {
    throw thrown(`${fileOf(place)} decide at ${barOf(place, question[0].index)}`, error);
  }
  requireParts(decision, (problem) => wrong(place, question[0].index, problem));
  return decision;
}

/** What was answered, and in it a state that the next bar can be given. */
function requireParts(decision: unknown, refusal: (problem: string) => BadInputError): void {
  if (typeof decision !== 'object' || decision === null || decision instanceof Promise) {
    const was = decision instanceof Promise ? 'a promise' : String(decision);
    throw refusal(`its answer must be {forecast, target, state}, was ${was}`);
  }
  const state: unknown = 'state' in decision ? decision.state : undefined;
  if (typeof state !== 'object' || state === null) {
    throw refusal(`state must be an object, was ${shown(state)}`);
  }
  for (const name in state) {
    const value = (state as Record<string, unknown>)[name];
    if (typeof value !== 'number' || Number.isFinite(value)) continue;
    // A state is stored as JSON, which has no such number: a resumed run would go on with null.
    throw refusal(`state.${name} must be a finite number or null, was ${String(value)}`);
  }
}

function guarded<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw thrown(where, error);
  }
}

function thrown(where: string, error: unknown): BadInputError {
  if (error instanceof ColumnLengthError) {
    return new BadInputError(`${where}: ${error.message}. Correct the strategy.`);
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new BadInputError(`${where} must not throw, threw ${message}. Correct the strategy.`);
}

function wrong(place: StrategyPlace, index: number, problem: string): BadInputError {
  const hint = problem.endsWith('NaN') ? '; a value before its indicators are defined is NaN' : '';
  return new BadInputError(
    `${fileOf(place)} decide at ${barOf(place, index)}: ${problem}. Correct the strategy${hint}.`,
  );
}

/** Every installed strategy is the file of its id. */
function fileOf({ strategyId, source }: StrategyPlace): string {
  return source === null ? `strategies/${strategyId}.ts` : sourceName(source);
}

function barOf({ time }: StrategyPlace, index: number): string {
  return `bar ${String(index)} (${time[index] ?? 'unknown'})`;
}

/** What was there in place of a number. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  return typeof value === 'number' ? String(value) : `of type ${typeof value}`;
}
