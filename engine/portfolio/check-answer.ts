import type { StrategyState } from '../../schemas/trading.ts';
import type { PortfolioAccount } from './portfolio-account.ts';
import type { PortfolioInstruction } from './portfolio-view.ts';
import type { Conversion, PortfolioOrder } from './portfolio-types.ts';
import { StrategyError } from './strategy-error.ts';

/** Who is asked, at which close. */
export interface Asked {
  readonly strategy: string;
  readonly time: string;
}

const ORDER_TYPES = ['market', 'limit', 'stop', 'market-on-close'];

function refuse(asked: Asked, field: string, problem: string): never {
  throw new StrategyError({ ...asked, field }, problem);
}

/** What to call an answer of the wrong kind. */
export function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

/**
 * Checks one instruction of a strategy.
 *
 * @param where its place in the answer, such as `orders[2]`.
 * @throws {StrategyError} naming the field that cannot be used.
 */
export function checkInstruction(
  account: PortfolioAccount,
  asked: Asked,
  instruction: PortfolioInstruction,
  where: string,
): void {
  if (instruction.type === 'convert') checkConversion(account, asked, instruction, where);
  else if (instruction.type !== 'cancel') checkOrder(account, asked, instruction, where);
  else if (!Number.isInteger(instruction.order)) {
    const field = `${where}.order`;
    refuse(
      asked,
      field,
      `${field} must be the number of an order, was ${String(instruction.order)}`,
    );
  }
}

function checkOrder(
  account: PortfolioAccount,
  asked: Asked,
  { instrumentId, type, units, price }: PortfolioOrder,
  where: string,
): void {
  checkInstrument(account, asked, instrumentId, `${where}.instrumentId`);
  const check = (field: string, rule: string, value: unknown, isRight: boolean): void => {
    if (isRight) return;
    const of = `${where}.${field}`;
    refuse(asked, of, `${of} of ${instrumentId} must be ${rule}, was ${String(value)}`);
  };
  check('type', `one of ${ORDER_TYPES.join(', ')}`, type, ORDER_TYPES.includes(type));
  check('units', 'finite and not 0', units, Number.isFinite(units) && units !== 0);
  if (type === 'limit' || type === 'stop') {
    const isRight = price !== null && price > 0 && Number.isFinite(price);
    check('price', `finite and > 0 for ${type}`, price, isRight);
  } else {
    check('price', `null for ${type}`, price, price === null);
  }
}

function checkConversion(
  { currencies }: PortfolioAccount,
  asked: Asked,
  { from, to, amount }: Conversion,
  where: string,
): void {
  for (const [field, code] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (!currencies.codes.includes(code)) {
      const rule = `one of ${currencies.codes.join(', ')}`;
      refuse(asked, `${where}.${field}`, `${where}.${field} must be ${rule}, was ${code}`);
    }
  }
  if (from === to) {
    refuse(asked, `${where}.to`, `${where}.to must be another currency than from, was ${to}`);
  }
  if (!(amount > 0 && Number.isFinite(amount))) {
    const field = `${where}.amount`;
    refuse(asked, field, `${field} must be finite and > 0, was ${String(amount)}`);
  }
}

/** @throws {StrategyError} when a target names an unknown instrument or is not finite. */
export function checkTargets(
  account: PortfolioAccount,
  asked: Asked,
  targets: Readonly<Record<string, number>>,
): void {
  if (typeof (targets as unknown) !== 'object' || (targets as unknown) === null) {
    refuse(asked, 'targets', `targets must be units by instrument, was ${kindOf(targets)}`);
  }
  for (const [id, target] of Object.entries(targets)) {
    checkInstrument(account, asked, id, 'targets');
    if (!Number.isFinite(target)) {
      const field = `targets.${id}`;
      refuse(asked, field, `${field} must be finite, was ${String(target)}`);
    }
  }
}

/** @throws {StrategyError} when a number is not finite: it could not be stored. */
export function checkState(asked: Asked, state: StrategyState): void {
  for (const [name, value] of Object.entries(state)) {
    if (typeof value === 'number' && !Number.isFinite(value)) {
      const field = `state.${name}`;
      refuse(asked, field, `${field} must be finite, was ${String(value)}`);
    }
  }
}

function checkInstrument(
  { instruments, chains }: PortfolioAccount,
  asked: Asked,
  id: string,
  field: string,
): void {
  if (!instruments.has(id) && !chains.has(id)) {
    refuse(asked, field, instruments.unknown(field, id));
  }
}
