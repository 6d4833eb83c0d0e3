import { formatBars } from '../../engine/bars-file.ts';
import { run as measureRun } from '../../jobs/analyze/measure.ts';
import { run as reportRun } from '../../jobs/analyze/report.ts';
import { BadInputError } from '../../jobs/contract/job-error.ts';
import { sha256Of } from '../../jobs/contract/job-files.ts';
import type { JobContext } from '../../jobs/contract/job.ts';
import type { Bar } from '../../schemas/bar.ts';
import { Curves, MeasureResult, type MeasureInput } from '../../schemas/jobs/analyze.ts';
import type { InputOf, JobType } from '../../schemas/jobs/job-type.ts';
import type { EquityPoint, Fill } from '../../schemas/trading.ts';
import { RELEASE_ID, someContest, someStory } from './analyze-story.ts';

const DAYS = ['2011-12-30', '2012-01-03', '2012-01-04', '2012-01-05', '2012-01-06'];
const OPENS = [7, 8, 10, 11, 12];
const CLOSES = [7.5, 10, 11, 12, 9];

const BARS: Bar[] = DAYS.map((time, index) => ({
  time,
  open: OPENS[index] ?? 0,
  high: 20,
  low: 1,
  close: CLOSES[index] ?? 0,
  volume: 1,
}));

/** The loop's record: 100 in cash, later 10 units bought at 9.9 and sold at 12.1, fee 0.5 each. */
const EQUITY: EquityPoint[] = [
  point('2012-01-03', { equity: 100, cash: 100, units: 0, close: 10 }),
  point('2012-01-04', { equity: 110.5, cash: 0.5, units: 10, close: 11 }),
  point('2012-01-05', { equity: 121, cash: 121, units: 0, close: 12 }),
  point('2012-01-06', { equity: 121, cash: 121, units: 0, close: 9 }),
];
const FILLS: Fill[] = [fill('2012-01-04', 'buy', 9.9), fill('2012-01-05', 'sell', 12.1)];

function point(time: string, rest: Omit<EquityPoint, 'time' | 'releaseId'>): EquityPoint {
  return { time, ...rest, releaseId: RELEASE_ID };
}

function fill(time: string, side: Fill['side'], price: number): Fill {
  const costs = { fee: 0.5, slippage: 0.1 };
  return { orderId: time, time, side, units: 10, price, ...costs, releaseId: RELEASE_ID };
}

function lines(rows: readonly unknown[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

const FILES = {
  'bars.csv': formatBars(BARS),
  'equity.jsonl': lines(EQUITY),
  'fills.jsonl': lines(FILLS),
};

function input(some: Partial<MeasureInput> = {}): MeasureInput {
  return {
    window: { from: '2012-01-05', to: '2013-01-01' },
    initialCash: 100,
    costModel: { feeBps: 0, halfSpreadBps: 0 },
    firstRelease: {
      releaseId: RELEASE_ID,
      version: 1,
      strategyId: 'buy-and-hold',
      parameters: {},
      featureSpec: { names: [], warmUpBars: 0 },
      modelFile: null,
    },
    story: someStory({ strategyId: 'buy-and-hold' }),
    ...some,
  };
}

function unused(name: string): never {
  throw new Error(`this job does not use ${name}`);
}

/** A context with files in memory, and what the job wrote. */
function contextOf<T extends JobType>(
  jobInput: InputOf<T>,
  files: Readonly<Record<string, string>>,
): { context: JobContext<T>; written: Record<string, string> } {
  const written: Record<string, string> = {};
  const textOf = (name: string) => files[name] ?? '';
  const context: JobContext<T> = {
    input: jobInput,
    inputDirectory: '',
    readFile: (name) => Buffer.from(textOf(name)),
    readText: textOf,
    readChunks: () => unused('readChunks'),
    openFile: () => unused('openFile'),
    writeFile: (name, content) => {
      written[name] = Buffer.from(content).toString('utf8');
      return Promise.resolve(sha256Of(content));
    },
    log: () => {},
  };
  return { context, written };
}

async function measured(some: Partial<MeasureInput> = {}, files = FILES) {
  const { context, written } = contextOf<'analyze/measure'>(input(some), files);
  const result = await measureRun(context);
  return { result, written };
}

describe('analyze/measure', () => {
  it('starts all three on the same bar with the same cash', async () => {
    const { result, written } = await measured();

    // Buy-and-hold buys 12.5 units at the first open, 8; release 1, which here buys and holds too,
    // decides at the first close and buys 10 units at the second open, 10.
    expect(Curves.parse(JSON.parse(written['curves.json'] ?? ''))).toEqual({
      time: DAYS.slice(1),
      loop: [100, 110.5, 121, 121],
      neverRetrained: [100, 110, 120, 90],
      buyAndHold: [125, 137.5, 150, 112.5],
      close: CLOSES.slice(1),
    });
    expect(MeasureResult.parse(result).overall).toMatchObject({
      loop: { bars: 4, totalReturn: 121 / 100 - 1, roundTrips: 1, hitRate: 1, costs: 1.2 },
      neverRetrained: { totalReturn: 90 / 100 - 1, roundTrips: 0, hitRate: null },
      buyAndHold: { totalReturn: 112.5 / 100 - 1, exposure: 1 },
    });
  });

  it('measures the window alone from the equity before it, positions carried in included', async () => {
    const { result } = await measured();

    // From 110.5, of which 10 units were worth 110: sold for 121 less a fee of 0.5.
    expect(result.window.loop).toMatchObject({ bars: 2, roundTrips: 1, hitRate: 1, costs: 0.6 });
    expect(result.window.loop.totalReturn).toBeCloseTo(121 / 110.5 - 1, 12);
    expect(result.window.buyAndHold.totalReturn).toBeCloseTo(112.5 / 137.5 - 1, 12);
    expect(result.window.buyAndHold.drawdownMax).toBeCloseTo(1 - 112.5 / 150, 12);
  });

  it('charges the baselines what the loop pays', async () => {
    const { result } = await measured({ costModel: { feeBps: 100, halfSpreadBps: 50 } });

    // 100 buys 100 / (8 * 1.005 * 1.01) units.
    expect(result.overall.buyAndHold.totalReturn).toBeCloseTo(9 / (8 * 1.005 * 1.01) - 1, 12);
  });

  it('does not look at bars behind the window', async () => {
    const upTo = {
      ...FILES,
      'equity.jsonl': lines(EQUITY.slice(0, 2)),
      'fills.jsonl': lines(FILLS.slice(0, 1)),
    };
    const { result } = await measured({ window: { from: '2012-01-01', to: '2012-01-05' } }, upTo);

    expect(result.overall).toMatchObject({ loop: { bars: 2 }, buyAndHold: { bars: 2 } });
    expect(result.window).toEqual(result.overall);
  });

  it('measures the baselines on the bars that the loop traded when it left some out', async () => {
    const gap = { ...FILES, 'equity.jsonl': lines(EQUITY.filter((_, index) => index !== 1)) };
    const { result, written } = await measured({}, gap);
    const curves = Curves.parse(JSON.parse(written['curves.json'] ?? ''));

    expect(curves.buyAndHold).toEqual([125, 150, 112.5]);
    expect(result.overall.buyAndHold.bars).toBe(3);
  });

  it('writes a report with the figures of its result', async () => {
    const { result, written } = await measured();
    const page = written['report.html'] ?? '';

    expect(result.reportSha256).toBe(sha256Of(page));
    expect(result.curvesSha256).toBe(sha256Of(written['curves.json'] ?? ''));
    expect(page).toContain('The loop gained 21.0% after costs');
    expect(page).toContain('buy and hold (+12.5%)');
  });

  it.each([
    ['an empty record', { 'equity.jsonl': '' }, /equity\.jsonl must have at least one bar/],
    ['a broken line', { 'fills.jsonl': '{"time":1}\n' }, /fills\.jsonl line 1/],
    ['half a line', { 'equity.jsonl': `${lines(EQUITY)}{"ti` }, /equity\.jsonl line 5/],
    ['bars of elsewhere', { 'bars.csv': formatBars(BARS.slice(0, 2)) }, /was at 2012-01-04/],
  ])('refuses %s', async (_what, some, message) => {
    const refused = measured({}, { ...FILES, ...some });

    await expect(refused).rejects.toThrow(BadInputError);
    await expect(refused).rejects.toThrow(message);
  });
});

describe('analyze/report', () => {
  const strategies = [{ story: someStory(), overall: someContest(), curvesFile: 'curves-a.json' }];

  it('draws one page over all strategies', async () => {
    const curves = JSON.stringify({
      time: [],
      loop: [],
      neverRetrained: [],
      buyAndHold: [],
      close: [],
    });
    const { context, written } = contextOf<'analyze/report'>(
      { title: 'All', strategies: [...strategies, ...strategies] },
      { 'curves-a.json': curves },
    );

    const { reportSha256 } = await reportRun(context);

    expect(reportSha256).toBe(sha256Of(written['report.html'] ?? ''));
    expect(written['report.html']).toContain('href="#strategy-1"');
  });

  it('refuses a curves file that is none', async () => {
    const { context } = contextOf<'analyze/report'>(
      { title: 'All', strategies },
      { 'curves-a.json': '[' },
    );

    await expect(reportRun(context)).rejects.toThrow(/curves-a\.json is not a curves file/);
  });
});
