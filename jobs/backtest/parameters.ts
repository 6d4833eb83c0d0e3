import { BadInputError } from '../contract/job-error.ts';
import type { BoundStrategy, Strategy } from '../../strategies/strategy.ts';

/**
 * Reads JSON that a person wrote.
 *
 * @param source what the text came from, such as `--params`.
 * @throws {BadInputError} naming the source and where the text stops being JSON.
 */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInputError(
      `${source} must be JSON, was ${quoted(text)}: ${reason}. Write it as {"name": value}, in single quotes for a shell.`,
    );
  }
}

/**
 * Binds a strategy to a parameter set. Parameters that are left out have their default values;
 * unknown names are refused.
 *
 * @param source where the set came from, such as `--params`.
 * @throws {BadInputError} when it is not an object.
 * @throws {SettingsError} when it breaks the strategy's schema.
 */
export function bindParameters(
  strategy: Strategy,
  parameters: unknown,
  source: string,
): BoundStrategy {
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw new BadInputError(
      `${source} must be an object of parameters, was ${quoted(JSON.stringify(parameters))}. Known: ${Object.keys(strategy.parameters.shape).join(', ') || 'none'}.`,
    );
  }
  return strategy.bind({ ...strategy.defaultParameters, ...parameters });
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
