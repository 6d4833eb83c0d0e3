import { PreconditionError } from '../precondition.ts';
import type { InstrumentTable } from './instrument-table.ts';
import type { PortfolioState } from './portfolio-state.ts';
import type { CorporateAction, PortfolioBar } from './portfolio-types.ts';

/** @throws {PreconditionError} naming bar, instrument and field, for a bar that cannot be walked. */
export function checkBar(
  { time, bars }: PortfolioBar,
  lastTime: string | null,
  instruments: InstrumentTable,
): void {
  if (lastTime !== null && time <= lastTime) {
    throw new PreconditionError(`time of a bar must be later than ${lastTime}, was ${time}`);
  }
  if (!Number.isFinite(Date.parse(time))) {
    throw new PreconditionError(`time of a bar must be a day or an instant in UTC, was ${time}`);
  }
  for (const [id, bar] of Object.entries(bars)) {
    if (!instruments.has(id)) {
      throw new PreconditionError(`bar ${time}: ${instruments.unknown('instrumentId', id)}`);
    }
    const { open, high, low, close, volume } = bar;
    const check = (field: string, rule: string, value: unknown, isRight: boolean): void => {
      if (isRight) return;
      throw new PreconditionError(
        `bar ${time} of ${id}: ${field} must be ${rule}, was ${String(value)}`,
      );
    };
    if (bar.time !== time) check('time', time, bar.time, false);
    for (const [field, price] of Object.entries({ open, high, low, close })) {
      check(field, 'finite and > 0', price, price > 0 && Number.isFinite(price));
    }
    check('low', 'at most open and close', low, low <= open && low <= close);
    check('high', 'at least open and close', high, high >= open && high >= close);
    check('volume', 'finite and >= 0', volume, volume >= 0 && Number.isFinite(volume));
  }
}

/** @throws {PreconditionError} naming action and field, for actions that cannot be applied. */
export function checkActions(
  actions: readonly CorporateAction[],
  instruments: InstrumentTable,
): void {
  for (const [index, action] of actions.entries()) {
    const where = `actions[${String(index)}]`;
    const before = actions[index - 1]?.time;
    if (before !== undefined && action.time < before) {
      throw new PreconditionError(
        `${where}: time must be ${before} or later, was ${action.time}. Sort actions by time.`,
      );
    }
    if (action.kind === 'roll') {
      checkRoll(where, action, instruments);
      continue;
    }
    if (!instruments.has(action.instrumentId)) {
      throw new PreconditionError(
        `${where}: ${instruments.unknown('instrumentId', action.instrumentId)}`,
      );
    }
    const [field, value] =
      action.kind === 'split' ? ['ratio', action.ratio] : ['perUnit', action.perUnit];
    if (!Number.isFinite(value) || (action.kind === 'split' && value <= 0)) {
      const rule = action.kind === 'split' ? 'finite and > 0' : 'finite';
      throw new PreconditionError(
        `${where}: ${field} of ${action.instrumentId} at ${action.time} must be ${rule}, was ${String(value)}`,
      );
    }
  }
}

function checkRoll(
  where: string,
  { chainId, to }: Extract<CorporateAction, { kind: 'roll' }>,
  { chains }: InstrumentTable,
): void {
  const chain = chains.find((one) => one.chainId === chainId);
  if (chain === undefined) {
    const known = chains.map((one) => one.chainId).join(', ');
    throw new PreconditionError(`${where}: chainId must be one of ${known}, was ${chainId}`);
  }
  if (!chain.contracts.includes(to)) {
    throw new PreconditionError(
      `${where}: to must be one of ${chain.contracts.join(', ')}, was ${to}`,
    );
  }
}

/** @throws {PreconditionError} when a state to resume does not fit what it is resumed with. */
export function checkResumed(
  state: PortfolioState,
  instruments: InstrumentTable,
  sleeveIds: readonly string[],
): void {
  const held = [...Object.keys(state.units), ...state.open.map((order) => order.instrumentId)];
  const lost = held.find((id) => !instruments.has(id));
  if (lost !== undefined) {
    throw new PreconditionError(`state: ${instruments.unknown('instrumentId', lost)}`);
  }
  const known = state.sleeves.map(({ sleeveId }) => sleeveId).join(', ');
  if (known !== sleeveIds.join(', ')) {
    throw new PreconditionError(
      `sleeves must be those of the state, in its order: ${known || 'none'}, was ${sleeveIds.join(', ') || 'none'}. Open the portfolio with these sleeves.`,
    );
  }
}
