import { z } from 'zod';
import { simpleAverage } from '../../engine/indicators.ts';
import type { FuturesKernelJob, KernelJob } from '../../jobs/backtest/sweep-job.ts';
import type { ParityCase } from '../../jobs/check/engine-log.ts';
import {
  findDifferences,
  loggingJob,
  PARITY_RUNS,
  runHere,
  type ParityRun,
} from '../../jobs/check/parity.ts';
import { STRATEGIES, strategyById } from '../../strategies/registry.ts';
import { SearchSettings } from '../../strategies/search-settings.ts';
import { defineStrategy, type StrategyRules } from '../../strategies/strategy.ts';
import { sp500Bars } from '../support/bars.ts';
import { caseOf } from '../support/parity-case.ts';

/** Names of the runs that differ from the engine, each once. */
async function differing(given: ParityCase, runs = PARITY_RUNS): Promise<string[]> {
  const { differences } = await findDifferences(given, runs);
  return [...new Set(differences.map(({ run }) => run))];
}

describe.each(STRATEGIES.map(({ id }) => id))('registered strategy %s', (id) => {
  const strategy = strategyById(id);

  it.each([1, 2])('decides the same in every run, to the last byte, seed %d', async (seed) => {
    const given = caseOf(strategy, seed);

    const { differences, expected } = await findDifferences(given, PARITY_RUNS);

    expect(differences).toEqual([]);
    expect(expected.some(({ fills }) => fills.split('\n').length > 2)).toBe(true);
  });

  it('decides the same in every run on the S&P 500', async () => {
    const bars = sp500Bars().slice(0, 1500);
    const sets = caseOf(strategy, 4)
      .sets.filter((set) => !('costPrice' in set) || set['costPrice'] !== 'contract')
      .slice(0, 3);

    expect(await differing(caseOf(strategy, 4, { bars, sets }))).toEqual([]);
  });
});

const PARAMETERS = z.strictObject({ period: z.int().default(20) });
type Parameters = z.infer<typeof PARAMETERS>;

/** Long above an average of the close; honest unless something is planted. */
function planted(over: Partial<StrategyRules<Parameters, 'level' | 'close'>> = {}) {
  return defineStrategy<Parameters, 'level' | 'close'>({
    id: 'planted',
    title: 'Planted',
    description: 'Long above an average.',
    parameters: PARAMETERS,
    defaultParameters: { period: 20 },
    trainer: SearchSettings,
    trainerJob: 'retrain/search',
    sample: (random) => ({ period: 5 + random.integer(60) }),
    featureSpec: () => ({ names: [], warmUpBars: 0 }),
    warmUpBars: () => 80,
    initialState: () => ({}),
    prepare: ({ close }, { period }) => ({ close, level: simpleAverage(close, period) }),
    decide: ({ features: { close, level } }, state) => {
      const isLong = close > level;
      return { forecast: isLong ? 10 : 0, target: isLong ? 1 : 0, state };
    },
    ...over,
  });
}

const decision = (isLong: boolean) => ({ forecast: isLong ? 10 : 0, target: isLong ? 1 : 0 });

describe('findDifferences', () => {
  it('lets an honest strategy pass', async () => {
    expect(await differing(caseOf(planted(), 7))).toEqual([]);
  });

  it('catches memory beside the state, which a restart loses', async () => {
    const rules = planted();
    const forgetful = {
      ...rules,
      bind: (value: unknown) => {
        const bound = rules.bind(value);
        let calls = 0;
        return {
          ...bound,
          prepare: () => (_moment: unknown, state: Record<string, number>) => {
            calls += 1;
            return { ...decision(calls % 7 < 3), state };
          },
        };
      },
    };

    const found = await differing(caseOf(forgetful as never, 7));

    expect(found).toContain('engine resumed at every bar');
    expect(found).toContain('engine resumed once, 1 of 4');
    expect(found).not.toContain('sweep');
  });

  it('catches a state that JSON does not keep', async () => {
    const late = planted({
      initialState: () => ({ highest: Number.NEGATIVE_INFINITY }),
      decide: ({ features: { close } }, { highest }) => {
        const above = typeof highest === 'number' ? highest : Number.NEGATIVE_INFINITY;
        const isHigh = close >= 0.95 * Math.max(above, 90);
        // A state that says so little that it is lost: -0 and 0 are one number in JSON.
        const next = isHigh ? 0 : -0;
        return {
          ...decision(Object.is(highest, -0) || isHigh),
          state: { highest: next },
        };
      },
    });

    expect(await differing(caseOf(late, 7))).toContain('engine resumed at every bar');
  });

  it('catches an answer that depends on what was asked before', async () => {
    let asked = 0;
    const moody = planted({
      decide: (_view, state) => {
        asked += 1;
        return { ...decision(asked % 1009 < 400), state };
      },
    });

    expect(await differing(caseOf(moody, 7))).toContain('engine again');
  });

  it('catches a shared column whose key leaves out a parameter', async () => {
    const sharing = planted({
      prepare: (series, { period }) => ({
        close: series.close,
        level: series.cached('average', () => simpleAverage(series.close, period)),
      }),
    });

    expect(await differing(caseOf(sharing, 7))).toEqual(
      expect.arrayContaining(['sweep', 'sweep, sets in reverse']),
    );
  });

  it('catches a shard whose sets come in another order, and one that is lost', async () => {
    const given = caseOf(planted(), 7);
    const swapped: ParityRun = {
      name: 'swapped',
      logs: async (each) => runHere(await loggingJob(each, each.sets), each.strategy).reverse(),
    };
    const lost: ParityRun = {
      name: 'lost',
      logs: async (each) => runHere(await loggingJob(each, each.sets), each.strategy).slice(1),
    };

    expect(await differing(given, [swapped, lost])).toEqual(['swapped', 'lost']);
  });

  it('names set and line of the first difference', async () => {
    const given = caseOf(planted(), 7);
    const wrong: ParityRun = {
      name: 'wrong',
      logs: async (each) =>
        runHere(await loggingJob(each, each.sets), each.strategy).map(({ fills }, set) => ({
          fills: set === 2 ? fills.replace('"sell"', '"buy"') : fills,
        })),
    };

    const { differences } = await findDifferences(given, [wrong]);

    expect(differences).toEqual([
      {
        run: 'wrong',
        set: 2,
        log: 'fills',
        line: 1,
        expected: expect.stringContaining('"sell"'),
        found: expect.stringContaining('"buy"'),
      },
    ]);
  });
});

/** A sweep whose job was changed before it ran. */
function tampered(change: (job: never) => void): ParityRun {
  return {
    name: 'tampered',
    logs: async (given) => {
      const job = await loggingJob(given, given.sets);
      change(job as never);
      return runHere(job, given.strategy);
    },
  };
}

describe('a kernel', () => {
  it.each<[string, (job: FuturesKernelJob) => void]>([
    [
      'a fee that is a millionth higher',
      (job) => Object.assign(job, { feeBps: job.feeBps * (1 + 1e-6) }),
    ],
    ['a first decision one bar late', (job) => Object.assign(job, { firstDecision: 12 })],
    [
      'carry smoothed by a span',
      (job) => {
        for (const task of job.tasks) {
          if (task.kind === 'carry') Object.assign(task, { smoothingCom: task.smoothingCom / 2 });
        }
      },
    ],
    [
      'an average with another span',
      (job) => {
        for (const task of job.tasks) {
          if (task.kind === 'average') Object.assign(task, { span: task.span + 1 });
        }
      },
    ],
    [
      'a buffer of the position',
      (job) =>
        Object.assign(job.parameterSets[0] ?? {}, {
          buffer: { fraction: 0.1, method: 'position', tradeTo: 'edge', rounded: false },
        }),
    ],
    [
      'rules in another order',
      (job) =>
        Object.assign(job.parameterSets[0] ?? {}, {
          rules: [...(job.parameterSets[0]?.rules ?? [])].reverse(),
        }),
    ],
    [
      'no roll costs',
      (job) => {
        for (const set of job.parameterSets) Object.assign(set.terms, { costPrice: 'adjusted' });
      },
    ],
  ])('of ewmac-carry is caught with %s', async (_, change) => {
    const given = caseOf(strategyById('ewmac-carry'), 2);

    expect((await loggingJob(given, given.sets)).kind).toBe('ewmac-carry');
    expect(await differing(given, [tampered(change)])).toEqual(['tampered']);
  });

  it.each<[string, (job: KernelJob) => void]>([
    [
      'a fee that is a millionth higher',
      (job) => Object.assign(job, { feeBps: job.feeBps * (1 + 1e-6) }),
    ],
    ['a first decision much later', (job) => Object.assign(job, { firstDecision: 400 })],
  ])('of rsi-macd is caught with %s', async (_, change) => {
    const given = caseOf(strategyById('rsi-macd'), 2);

    expect(await differing(given, [tampered(change)])).toEqual(['tampered']);
  });

  it('computes each distinct indicator once', async () => {
    const given = caseOf(strategyById('ewmac-carry'), 2);
    const doubled = [...given.sets, ...given.sets];

    const job = (await loggingJob(given, doubled)) as FuturesKernelJob;

    const keys = job.tasks.map(({ column: _, ...task }) => JSON.stringify(task));
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys.length).toBeLessThanOrEqual(6 + 3 + 1 + 3);
  });
});
