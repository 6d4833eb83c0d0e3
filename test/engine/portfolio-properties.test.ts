import fc from 'fast-check';
import {
  portfolioFromText,
  portfolioText,
  runPortfolio,
  type PortfolioOptions,
  type PortfolioRun,
  type PortfolioState,
} from '../../engine/index.ts';
import { PORTFOLIO_BARS, portfolioOptions, sleeveOptions } from '../support/portfolio-market.ts';
import {
  fillProblems,
  gridProblems,
  ledgerProblems,
  sleeveProblems,
} from '../support/portfolio-problems.ts';

/** Each a market of six instruments over 60 bars with everything in it. */
const RUNS = 6;
const seeds = fc.integer({ min: 1, max: 1_000_000 });

const KINDS: [string, (seed: number) => PortfolioOptions][] = [
  ['one strategy', portfolioOptions],
  ['sleeves', sleeveOptions],
];

describe.each(KINDS)('runPortfolio with %s', (kind, optionsOf) => {
  it('conserves cash and units exactly: each is the sum of its postings', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const options = optionsOf(seed);
        const run = runPortfolio(options);

        expect(run.ledger.length).toBeGreaterThan(10);
        expect(ledgerProblems(run, options.state)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('fills within the bar and its volume, after the close that decided, on lots and ticks', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const options = optionsOf(seed);
        const run = runPortfolio(options);

        expect(fillProblems(run, options)).toEqual([]);
        expect(gridProblems(run, options)).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it('resumes at any bar, through its text, with identical results', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 0, max: PORTFOLIO_BARS }), (seed, cut) => {
        const options = optionsOf(seed);
        const whole = runPortfolio(options);
        const both = resumed(options, cut, (state) => state);

        expect(firstDifference(both, whole)).toBeNull();
      }),
      { numRuns: RUNS },
    );
  });

  it.each<[string, (state: PortfolioState) => PortfolioState]>([
    ['orders that wait', (state) => ({ ...state, open: [] })],
    ['the price up to which a future is settled', (state) => ({ ...state, settled: {} })],
    ['the contract of a chain', (state) => ({ ...state, chains: {} })],
    ['a cash account', ({ cash: { EUR: _, ...cash }, ...state }) => ({ ...state, cash })],
    ['when the last bar was', (state) => ({ ...state, lastTime: null })],
    [
      'what the strategy knew',
      (state) => ({
        ...state,
        strategyState: {},
        sleeves: state.sleeves.map((sleeve) => ({ ...sleeve, strategyState: {}, wanted: {} })),
      }),
    ],
  ])('would notice a resumed run that forgets %s', (_, forget) => {
    const options = optionsOf(3);
    const cut = cutWithOrders(options);

    expect(firstDifference(resumed(options, cut, forget), runPortfolio(options))).not.toBeNull();
  });

  it('is the same in a second run', () => {
    const first = runPortfolio(optionsOf(9));

    expect(firstDifference(runPortfolio(optionsOf(9)), first)).toBeNull();
    expect(first.fills.length).toBeGreaterThan(kind === 'sleeves' ? 50 : 15);
  });
});

describe('runPortfolio with sleeves alone', () => {
  it('shares every entry among the sleeves exactly', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const options = sleeveOptions(seed);
        const run = runPortfolio(options);

        expect(sleeveProblems(run, options.state)).toEqual([]);
        // Equity is a sum of float64 values: equal to a few parts in 1e12, where the ledger is exact.
        const last = Object.values(run.sleeveEquity).map((equity) => equity.at(-1) ?? 0);
        const whole = last.reduce((total, value) => total + value, 0);
        expect(Math.abs(whole - (run.equity.at(-1) ?? Number.NaN))).toBeLessThan(1e-6);
      }),
      { numRuns: RUNS },
    );
  });
});

/** A number of bars after which orders wait. */
function cutWithOrders(options: PortfolioOptions): number {
  const cuts = Array.from({ length: 20 }, (_, at) => at + 25);
  const isWaiting = (cut: number): boolean =>
    runPortfolio({ ...options, bars: options.bars.slice(0, cut), isPartial: true }).state.open
      .length > 0;
  return cuts.find(isWaiting) ?? Number.NaN;
}

/** Everything that a run says: two runs are the same when their texts are. */
function runText({ fills, events, ledger, equity, state }: PortfolioRun): string {
  const numbers = (_: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value;
  return `${JSON.stringify({ fills, events, ledger, equity: [...equity] }, numbers)} ${portfolioText(state)}`;
}

/** The text around the first byte in which two runs differ; null when they are identical. */
function firstDifference(left: PortfolioRun, right: PortfolioRun): string | null {
  const [one, other] = [runText(left), runText(right)];
  if (one === other) return null;
  let at = 0;
  while (one[at] === other[at]) at += 1;
  return `${one.slice(at - 60, at + 30)} | ${other.slice(at, at + 30)}`;
}

/** A run in two parts, with a change of the state between them. */
function resumed(
  options: PortfolioOptions,
  cut: number,
  change: (state: PortfolioState) => PortfolioState,
): PortfolioRun {
  const { bars } = options;
  const first = runPortfolio({ ...options, bars: bars.slice(0, cut), isPartial: true });
  const state = change(portfolioFromText(portfolioText(first.state)));
  const second = runPortfolio({ ...options, bars: bars.slice(cut), state });
  return {
    ...second,
    fills: [...first.fills, ...second.fills],
    events: [...first.events, ...second.events],
    ledger: [...first.ledger, ...second.ledger],
    equity: Float64Array.from([...first.equity, ...second.equity]),
  };
}

type Plant = (run: PortfolioRun) => PortfolioRun;

describe('the checks of a run', () => {
  it.each<[string, Plant]>([
    ['a fill that is not booked', (run) => ({ ...run, ledger: run.ledger.slice(1) })],
    [
      'a fee that leaves cash and arrives nowhere',
      (run) => ({
        ...run,
        ledger: run.ledger.map((entry) => ({
          ...entry,
          postings: entry.postings.filter(({ account }) => account !== 'fees'),
        })),
      }),
    ],
    [
      'interest that is one part of 1e8 off',
      (run) => ({
        ...run,
        ledger: run.ledger.map((entry) =>
          entry.cause === 'interest'
            ? {
                ...entry,
                postings: entry.postings.map((one) => ({ ...one, amount: one.amount + 1n })),
              }
            : entry,
        ),
      }),
    ],
    ['fills that the ledger does not know', (run) => ({ ...run, fills: run.fills.slice(1) })],
  ])('notice in the ledger %s', (_, plant) => {
    const options = portfolioOptions(3);

    expect(ledgerProblems(plant(runPortfolio(options)), options.state)).not.toEqual([]);
  });

  it.each<[string, Plant]>([
    [
      'a fill outside its bar',
      (run) => ({ ...run, fills: run.fills.map((fill) => ({ ...fill, price: fill.price * 1.2 })) }),
    ],
    [
      'a fill at the close that decided',
      (run) => ({
        ...run,
        events: run.events.map((event) => ({
          ...event,
          time: run.fills.find(({ order }) => order === event.order)?.time ?? event.time,
        })),
      }),
    ],
    ['a fill of a refused order', (run) => ({ ...run, events: [] })],
    [
      'a fill of a cancelled order',
      (run) => ({
        ...run,
        events: run.events.flatMap((event) => [event, { ...event, what: 'cancelled' as const }]),
      }),
    ],
    [
      'more than a share of the volume',
      (run) => ({
        ...run,
        fills: run.fills.map((fill) => ({ ...fill, units: fill.units * 1000 })),
      }),
    ],
    [
      'a fill after the last bar',
      (run) => ({ ...run, fills: run.fills.map((fill) => ({ ...fill, time: '2031-01-01' })) }),
    ],
  ])('notice among the fills %s', (_, plant) => {
    const options = portfolioOptions(3);

    expect(fillProblems(plant(runPortfolio(options)), options)).not.toEqual([]);
  });

  it.each<[string, Plant]>([
    [
      'half a lot',
      (run) => ({
        ...run,
        fills: run.fills.map((fill) => ({ ...fill, units: fill.units / 2 })),
      }),
    ],
    [
      'a price between two ticks',
      (run) => ({
        ...run,
        fills: run.fills.map((fill) => ({ ...fill, price: fill.price + 0.001 })),
      }),
    ],
  ])('notice off the grid %s', (_, plant) => {
    const options = portfolioOptions(3);

    expect(gridProblems(plant(runPortfolio(options)), options)).not.toEqual([]);
  });

  it.each<[string, Plant]>([
    [
      'an entry that one sleeve has no part of',
      (run) => ({
        ...run,
        ledger: run.ledger.map((entry) => ({ ...entry, sleeves: entry.sleeves.slice(1) })),
      }),
    ],
    [
      'a sleeve with one part of 1e8 too much',
      (run) => ({
        ...run,
        state: {
          ...run.state,
          sleeves: run.state.sleeves.map((sleeve, at) => ({
            ...sleeve,
            cash: { ...sleeve.cash, USD: (sleeve.cash['USD'] ?? 0n) + (at === 2 ? 1n : 0n) },
          })),
        },
      }),
    ],
  ])('notice among the sleeves %s', (_, plant) => {
    const options = sleeveOptions(3);

    expect(sleeveProblems(plant(runPortfolio(options)), options.state)).not.toEqual([]);
  });
});
