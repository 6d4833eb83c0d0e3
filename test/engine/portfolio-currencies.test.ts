import {
  fromMoney,
  openPortfolio,
  runPortfolio,
  type CurrencyTerms,
  type LedgerEntry,
} from '../../engine/index.ts';
import { dayAt } from '../support/bars.ts';
import { costless, market, quietDays, quietOptions, script } from '../support/quiet-market.ts';

const FREE = { debitRate: 0, creditRate: 0, dayCount: 365, conversionBps: 0 } as const;
const EUR: CurrencyTerms = {
  currency: 'EUR',
  ...FREE,
  rates: [
    { time: dayAt(0), rate: 1.25 },
    { time: dayAt(2), rate: 1.5 },
  ],
};
const BERLIN = costless('berlin', { currency: 'EUR' });

function inEuros(over: Parameters<typeof quietOptions>[0] = {}) {
  return quietOptions({
    instruments: [BERLIN],
    currencies: [EUR],
    bars: quietDays({ berlin: 100 }, { berlin: 100 }, { berlin: 110 }),
    decide: script({ 0: [market('berlin', 10)] }),
    ...over,
  });
}

/** The cash that entries of one cause paid, in currency. */
function paid(ledger: readonly LedgerEntry[], cause: LedgerEntry['cause']): number[] {
  return ledger
    .filter((entry) => entry.cause === cause)
    .map(
      ({ postings }) => -fromMoney(postings.find((one) => one.account === 'cash')?.amount ?? 0n),
    );
}

describe('an account in several currencies', () => {
  it('keeps cash by currency and values it at the rates of the time', () => {
    const { state, equity } = runPortfolio(inEuros());

    expect(fromMoney(state.cash['EUR'] ?? 0n)).toBe(-1000);
    expect(fromMoney(state.cash['USD'] ?? 0n)).toBe(10_000);
    // 10 x (110 - 100) = 100 EUR of gains, worth 1.5 each; the loan of 1000 EUR is worth no more than
    // what was bought with it, so that the rate matters for gains alone.
    expect([...equity]).toEqual([10_000, 10_000, 10_150]);
  });

  it('converts cash at the rate of the next bar, for its cost', () => {
    const { state, ledger } = runPortfolio(
      inEuros({
        currencies: [{ ...EUR, conversionBps: 100 }],
        decide: script({ 0: [{ type: 'convert', from: 'USD', to: 'EUR', amount: 250 }] }),
      }),
    );

    // 250 / 1.25 = 200 EUR less 1 %.
    expect(fromMoney(state.cash['EUR'] ?? 0n)).toBe(198);
    expect(fromMoney(state.cash['USD'] ?? 0n)).toBe(9750);
    expect(ledger.map(({ cause, time }) => [cause, time])).toEqual([['conversion', dayAt(1)]]);
  });

  it('uses no rate before its time', () => {
    const late = { ...EUR, rates: [{ time: dayAt(1), rate: 1.25 }] };

    expect(() => runPortfolio(inEuros({ currencies: [late] }))).toThrow(
      /bar 2012-01-02: rate of EUR in USD must be known by then, the first one is of 2012-01-03/,
    );
  });

  it('says that there is no rate', () => {
    expect(() => runPortfolio(inEuros({ currencies: [{ ...EUR, rates: [] }] }))).toThrow(
      /bar 2012-01-02: rate of EUR in USD must be known by then, there is none/,
    );
  });

  it.each<[string, Partial<Record<keyof CurrencyTerms, unknown>>, RegExp]>([
    ['a day count that is none', { dayCount: 364 }, /EUR: dayCount must be 360 or 365, was 364/],
    ['a debit rate below 0', { debitRate: -0.1 }, /EUR: debitRate must be a fraction a year >= 0/],
    [
      'a rate of 0',
      { rates: [{ time: dayAt(0), rate: 0 }] },
      /EUR: rates\[0\]\.rate of 2012-01-02 must be finite and > 0, was 0/,
    ],
    [
      'rates that are not in order',
      { rates: [EUR.rates[1], EUR.rates[0]] },
      /EUR: rates\[1\]\.time must be later than 2012-01-04, was 2012-01-02/,
    ],
    ['a name twice', { currency: 'USD', rates: [] }, /must name each currency once, was USD, USD/],
  ])('refuses %s', (_, wrong, message) => {
    const USD: CurrencyTerms = { currency: 'USD', ...FREE, rates: [] };
    const currencies = [USD, { ...EUR, ...wrong } as CurrencyTerms];

    expect(() => runPortfolio(inEuros({ currencies }))).toThrow(message);
  });

  it('refuses an instrument in a currency that is not declared', () => {
    expect(() => runPortfolio(inEuros({ currencies: [] }))).toThrow(
      /instrument berlin: currency must be one of USD, was EUR. Declare it in currencies/,
    );
  });
});

describe('interest and borrow cost', () => {
  const bars = [0, 1, 4].map((day) => ({
    ...(quietDays({ alpha: 100 })[0] as ReturnType<typeof quietDays>[number]),
    time: dayAt(day),
    bars: { alpha: { time: dayAt(day), open: 100, high: 101, low: 99, close: 100, volume: 1 } },
  }));

  it.each([360, 365] as const)('charges debit cash by calendar days of %d a year', (dayCount) => {
    const USD: CurrencyTerms = { currency: 'USD', ...FREE, debitRate: 0.06, dayCount, rates: [] };
    const run = runPortfolio(
      quietOptions({ currencies: [USD], bars, decide: script({ 0: [market('alpha', 300)] }) }),
    );

    // 20,000 is owed over the three days between the last two bars, and nothing before.
    expect(paid(run.ledger, 'interest')).toEqual([
      expect.closeTo((20_000 * 0.06 * 3) / dayCount, 7),
    ]);
    expect(run.equity[2]).toBeCloseTo(10_000 - (20_000 * 0.06 * 3) / dayCount, 7);
  });

  it('pays for cash above 0', () => {
    const USD: CurrencyTerms = { currency: 'USD', ...FREE, creditRate: 0.02, rates: [] };
    const { ledger } = runPortfolio(quietOptions({ currencies: [USD], bars }));

    const first = (10_000 * 0.02) / 365;
    expect(paid(ledger, 'interest')).toEqual([
      expect.closeTo(-first, 7),
      expect.closeTo((-(10_000 + first) * 0.02 * 3) / 365, 7),
    ]);
  });

  it('charges shorts for borrowing, at their last close', () => {
    const { ledger } = runPortfolio(
      quietOptions({
        instruments: [costless('alpha', { borrowRate: 0.1 })],
        bars,
        decide: script({ 0: [market('alpha', -50)] }),
      }),
    );

    expect(paid(ledger, 'borrow')).toEqual([expect.closeTo((50 * 100 * 0.1 * 3) / 365, 7)]);
  });
});

describe('the margin check', () => {
  const stock = costless('alpha', { marginRate: 0.5 });

  it.each([
    [200, 'accepted'],
    [201, 'refused'],
    [-200, 'accepted'],
    [-201, 'refused'],
  ])('finds an order for %d units at half of their value %s', (units, what) => {
    const { events } = runPortfolio(
      quietOptions({ instruments: [stock], decide: script({ 0: [market('alpha', units)] }) }),
    );

    expect(events.map((event) => event.what)).toEqual([what]);
  });

  it('counts orders that wait, of other instruments too, and says what is missing', () => {
    const { events } = runPortfolio(
      quietOptions({
        instruments: [stock, costless('beta', { marginRate: 0.25 })],
        bars: quietDays({ alpha: 100, beta: 100 }, { alpha: 100, beta: 100 }),
        decide: script({ 0: [market('alpha', 150), market('beta', 100), market('beta', 1)] }),
      }),
    );

    expect(events.map(({ what }) => what)).toEqual(['accepted', 'accepted', 'refused']);
    expect(events[2]?.reason).toBe('margin must be at most the equity of 10000, would be 10025');
  });

  it('counts orders that have waited since an earlier close', () => {
    const limit = { instrumentId: 'alpha', type: 'limit', units: 150, price: 90 } as const;
    const { events } = runPortfolio(
      quietOptions({
        instruments: [stock],
        decide: script({ 0: [limit], 1: [market('alpha', 100), market('alpha', 50)] }),
      }),
    );

    expect(events.map(({ what }) => what)).toEqual(['accepted', 'refused', 'accepted']);
  });

  it('lets a position be closed when there is no equity left for it', () => {
    const { events } = runPortfolio(
      quietOptions({
        instruments: [stock],
        bars: quietDays({ alpha: 100 }, { alpha: 100 }, { alpha: 50 }, { alpha: 50 }),
        decide: script({
          0: [market('alpha', 200)],
          2: [market('alpha', 1), market('alpha', -200)],
        }),
      }),
    );

    expect(events.map(({ what }) => what)).toEqual(['accepted', 'refused', 'accepted']);
  });

  it('refuses an instrument whose value nobody knows yet', () => {
    const { events } = runPortfolio(
      quietOptions({
        instruments: [stock, costless('beta')],
        decide: script({ 0: [market('beta', 1)] }),
      }),
    );

    expect(events[0]?.reason).toMatch(/beta must have had a bar/);
  });

  it('counts orders that wait for the same instrument', () => {
    const waiting = [market('alpha', 150), market('alpha', 150)];
    const options = quietOptions({ instruments: [stock], decide: script({ 0: waiting }) });

    expect(runPortfolio(options).events.map(({ what }) => what)).toEqual(['accepted', 'refused']);
  });
});

describe('openPortfolio', () => {
  it.each<[Parameters<typeof openPortfolio>, RegExp]>([
    [[0], /cash must be > 0, was 0/],
    [[1, { moneyDecimals: 2 }], /moneyDecimals must be a whole number from 8 to 12, was 2/],
    [[1, { sleeves: ['a', 'a'] }], /sleeves must differ, was a, a/],
  ])('refuses %j', (given, message) => {
    expect(() => openPortfolio(...given)).toThrow(message);
  });

  it('keeps money as finely as it is told to', () => {
    const fee = costless('alpha', { feeBps: 1 });
    const run = runPortfolio(
      quietOptions({
        instruments: [fee],
        state: openPortfolio(10_000, { moneyDecimals: 12 }),
        decide: script({ 0: [market('alpha', 0.00000001)] }),
      }),
    );

    // 1e-8 units at 100 are 1e-6, and 1 bp of it is 1e-10: less than the usual scale can hold.
    const fees = run.ledger.flatMap(({ postings }) =>
      postings.filter(({ account }) => account === 'fees').map(({ amount }) => amount),
    );
    expect(fees).toEqual([100n]);
  });
});
