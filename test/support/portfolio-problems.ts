import {
  fromUnits,
  type LedgerEntry,
  type PortfolioOptions,
  type PortfolioRun,
  type PortfolioState,
  type Posting,
  type SleeveState,
  type UnitPosting,
} from '../../engine/index.ts';

type Sums = Map<string, bigint>;

function add(sums: Sums, key: string, amount: bigint): void {
  sums.set(key, (sums.get(key) ?? 0n) + amount);
}

function differences(what: string, left: Sums, right: Sums): string[] {
  const keys = new Set([...left.keys(), ...right.keys()]);
  return [...keys].flatMap((key) => {
    const off = (left.get(key) ?? 0n) - (right.get(key) ?? 0n);
    return off === 0n ? [] : [`${what}: ${key} is ${String(off)} off`];
  });
}

/** By currency, what the postings of one entry sum to. */
function byCurrency(postings: readonly Posting[]): Sums {
  const sums: Sums = new Map();
  for (const { currency, amount } of postings) add(sums, currency, amount);
  return sums;
}

/** Cash and units after some entries, from what was there before. */
function balance(
  start: Pick<SleeveState, 'cash' | 'units'>,
  entries: readonly { postings: readonly Posting[]; units: readonly UnitPosting[] }[],
): Sums {
  const sums: Sums = new Map();
  for (const [currency, amount] of Object.entries(start.cash)) add(sums, currency, amount);
  for (const [id, units] of Object.entries(start.units)) add(sums, `units of ${id}`, units);
  for (const { postings, units } of entries) {
    for (const { account, currency, amount } of postings) {
      if (account === 'cash') add(sums, currency, amount);
    }
    for (const one of units) add(sums, `units of ${one.instrumentId}`, one.units);
  }
  return sums;
}

/** What is wrong with the ledger of a run; nothing when money and units are conserved exactly. */
export function ledgerProblems(
  { ledger, state, fills }: PortfolioRun,
  start: PortfolioState,
): string[] {
  const filled: Sums = new Map();
  const booked: Sums = new Map();
  for (const { instrumentId, units } of fills) {
    add(filled, instrumentId, BigInt(Math.round(units * 1e8)));
  }
  for (const entry of ledger.filter(({ cause }) => cause === 'fill' || cause === 'roll')) {
    for (const { instrumentId, units } of entry.units) add(booked, instrumentId, units);
  }
  return [
    ...ledger.flatMap(({ text, postings }) => differences(text, byCurrency(postings), new Map())),
    ...differences('account', balance(start, ledger), balance(state, [])),
    ...differences('fills', filled, booked),
  ];
}

/** What one entry's sleeves have in sum, and what the account has. */
function entryProblems({ text, postings, units, sleeves }: LedgerEntry): string[] {
  const real: Sums = new Map();
  const shared: Sums = new Map();
  const collect = (sums: Sums, from: Pick<LedgerEntry, 'postings' | 'units'>): void => {
    for (const { account, currency, amount } of from.postings) {
      add(sums, `${account} ${currency}`, amount);
    }
    for (const one of from.units) add(sums, `units of ${one.instrumentId}`, one.units);
  };
  collect(real, { postings, units });
  for (const sleeve of sleeves) collect(shared, sleeve);
  return differences(text, shared, real);
}

/** What is wrong with the attribution to sleeves; nothing when it sums to the account exactly. */
export function sleeveProblems({ ledger, state }: PortfolioRun, start: PortfolioState): string[] {
  const whole: Sums = new Map();
  for (const sleeve of state.sleeves) {
    for (const [key, amount] of balance(sleeve, [])) add(whole, key, amount);
  }
  return [
    ...ledger.flatMap(entryProblems),
    ...differences('sleeves', whole, balance(state, [])),
    ...state.sleeves.flatMap((sleeve, at) => {
      const own = ledger.flatMap(({ sleeves }) =>
        sleeves.filter(({ sleeveId }) => sleeveId === sleeve.sleeveId),
      );
      const before = start.sleeves[at] ?? { cash: {}, units: {} };
      return differences(sleeve.sleeveId, balance(before, own), balance(sleeve, []));
    }),
  ];
}

/**
 * Fills outside their bar, without an accepted order made before them, after its cancellation, of
 * more than was ordered, or of more than the bar's volume allows.
 */
export function fillProblems(
  { fills, events }: PortfolioRun,
  { bars, instruments }: Pick<PortfolioOptions, 'bars' | 'instruments'>,
): string[] {
  const moments = new Map(bars.map((moment) => [moment.time, moment]));
  const made = new Map<number, string>();
  const ended = new Map<number, string>();
  for (const { order, what, time } of events) {
    if (what === 'accepted') made.set(order, time);
    if (what === 'cancelled') ended.set(order, time);
  }
  const outside = fills.flatMap(({ order, time, instrumentId, price }) => {
    const at = `order ${String(order)} at ${time}`;
    const bar = moments.get(time)?.bars[instrumentId];
    if (bar === undefined || price < bar.low || price > bar.high) return [`${at}: outside its bar`];
    if (order === null) return [];
    if ((made.get(order) ?? time) >= time) return [`${at}: not ordered before`];
    return (ended.get(order) ?? time) < time ? [`${at}: cancelled before`] : [];
  });
  const shares = new Map(instruments.map((one) => [one.instrumentId, one.participation]));
  const taken = new Map<string, number>();
  const large = fills.flatMap(({ order, time, instrumentId, units }) => {
    if (order === null) return [];
    const key = `${instrumentId} at ${time}`;
    const sum = (taken.get(key) ?? 0) + Math.abs(units);
    taken.set(key, sum);
    const volume = moments.get(time)?.bars[instrumentId]?.volume ?? 0;
    const most = (shares.get(instrumentId) ?? Number.POSITIVE_INFINITY) * (volume + 1e-9);
    return sum > most ? [`${key}: ${String(sum)} of at most ${String(most)}`] : [];
  });
  return [...outside, ...large];
}

/** Fills and orders that are not on the declared lot and tick. */
export function gridProblems(
  { fills, state }: PortfolioRun,
  { instruments }: Pick<PortfolioOptions, 'instruments'>,
): string[] {
  const isOff = (value: number, step: number | null | undefined): boolean =>
    typeof step === 'number' &&
    BigInt(Math.round(value * 1e8)) % BigInt(Math.round(step * 1e8)) !== 0n;
  const of = (id: string) => instruments.find((one) => one.instrumentId === id);
  return [
    ...fills.flatMap(({ instrumentId, units, price, time }) => [
      ...(isOff(units, of(instrumentId)?.lot) ? [`${time}: ${String(units)} ${instrumentId}`] : []),
      ...(isOff(price, of(instrumentId)?.tick)
        ? [`${time}: ${instrumentId} ${String(price)}`]
        : []),
    ]),
    ...Object.entries(state.units).flatMap(([id, units]) =>
      isOff(fromUnits(units), of(id)?.lot) ? [`held: ${String(units)} of ${id}`] : [],
    ),
  ];
}
