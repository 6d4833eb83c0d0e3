import { PreconditionError } from '../precondition.ts';
import type { PortfolioState } from './portfolio-state.ts';

const FORMAT = 'portfolio-1';

/** A state as JSON, whole numbers of the ledger as text: nothing of it is lost. */
export function portfolioText(state: PortfolioState): string {
  return JSON.stringify({ format: FORMAT, state }, (_, value: unknown) =>
    typeof value === 'bigint' ? { exact: String(value) } : value,
  );
}

/**
 * The state that `portfolioText` wrote.
 *
 * @throws {PreconditionError} when it is not such a text.
 */
export function portfolioFromText(text: string): PortfolioState {
  let read: unknown;
  try {
    read = JSON.parse(text, (_, value: unknown) => (isExact(value) ? BigInt(value.exact) : value));
  } catch (error) {
    throw new PreconditionError(`text must be the JSON of a portfolio, ${String(error)}`);
  }
  const { format, state } = (read ?? {}) as { format?: unknown; state?: PortfolioState };
  if (format !== FORMAT || state === undefined) {
    throw new PreconditionError(`format of the text must be ${FORMAT}, was ${String(format)}`);
  }
  return state;
}

function isExact(value: unknown): value is { exact: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'exact' in value &&
    typeof value.exact === 'string' &&
    /^-?\d+$/.test(value.exact)
  );
}
