import { z } from 'zod';
import { JobSettings } from './job-settings.ts';
import { Slug } from './primitives.ts';
import { ScheduleSettings } from './schedule-settings.ts';
import {
  AnalyzeCadence,
  CostModel,
  FeedSettings,
  Instrument,
  RetrainCadence,
  TrainerSettings,
} from './settings.ts';
import type { StrategySettings } from './settings.ts';

/** Stands for the symbol in the path of a feed that serves several. */
const SYMBOL_MARK = '{symbol}';

/** What is traded, with the defaults of a share index in dollars. */
const InstrumentEntry = z.strictObject({
  /** Left out when the entry has `symbols`: then each symbol is the id of its instrument. */
  id: Slug.optional(),
  name: z.string().min(1).optional(),
  currency: Instrument.shape.currency.default('USD'),
  tick: Instrument.shape.tick.default(0.01),
  lot: Instrument.shape.lot.default(0),
  multiplier: Instrument.shape.multiplier.default(1),
  calendar: Instrument.shape.calendar.default('NYSE'),
});

/** Bars that a trainer needs besides those that it holds out: 100 to fit on, and one for the last label. */
const TRAINED_BARS_MIN = 101;

/** One entry of a settings file. With `symbols` it stands for one strategy for each symbol. */
export const StrategyEntry = z
  .strictObject({
    id: Slug,
    /** The installed strategy whose code runs. */
    implementation: Slug,
    owner: z.string().min(1).default('local'),
    feed: FeedSettings,
    symbols: z.array(Slug).min(1).optional(),
    instrument: InstrumentEntry.prefault({}),
    /** Name of the stored series; `<instrument>-1d` by default. */
    seriesId: Slug.optional(),
    initialCash: z.number().positive().default(1_000_000),
    costModel: CostModel.default({ feeBps: 1, halfSpreadBps: 1 }),
    trainBars: z.int().min(300).default(1008),
    holdoutBars: z.int().min(20).default(120),
    gatePolicyVersion: z.int().positive().default(1),
    seed: z.int().nonnegative().default(7),
    trainer: TrainerSettings.default({}),
    retrain: RetrainCadence.default('every-cycle'),
    analyze: AnalyzeCadence.default('every-cycle'),
    jobs: JobSettings.optional(),
    /** Left out, cycles are started by hand. */
    schedule: ScheduleSettings.optional(),
  })
  .superRefine((entry, context) => {
    const problem = (path: string[], message: string): void => {
      context.addIssue({ code: 'custom', path, message });
    };
    const { symbols, instrument, feed } = entry;
    const holdoutMax = entry.trainBars - TRAINED_BARS_MIN;
    if (entry.holdoutBars > holdoutMax) {
      problem(
        ['holdoutBars'],
        `must be at most ${String(holdoutMax)}, so that ${String(TRAINED_BARS_MIN)} of the ${String(entry.trainBars)} trainBars are left to train on`,
      );
    }
    if (symbols === undefined && instrument.id === undefined) {
      problem(['instrument', 'id'], 'must name the instrument, or the entry must have symbols');
    }
    if (symbols === undefined) return;
    if (instrument.id !== undefined || instrument.name !== undefined) {
      problem(['instrument'], 'must have no id and no name beside symbols');
    }
    if (entry.seriesId !== undefined) problem(['seriesId'], 'must be left out beside symbols');
    if (!placeOf(feed).includes(SYMBOL_MARK)) {
      const csv = `must be a csv feed with ${SYMBOL_MARK} in its path beside symbols`;
      const url = `must have ${SYMBOL_MARK} in its url beside symbols`;
      problem(['feed'], feed.kind === 'csv-url' ? url : csv);
    }
    if (new Set(symbols).size < symbols.length) problem(['symbols'], 'must name each symbol once');
    const long = symbols.find((symbol) => entry.id.length + symbol.length + 1 > 63);
    if (long !== undefined) problem(['id'], `is too long: ${entry.id}-${long} has over 63 letters`);
  });
export type StrategyEntry = z.infer<typeof StrategyEntry>;

/** A file that describes all strategies which it manages. */
export const StrategiesFile = z.strictObject({ strategies: z.array(StrategyEntry) });
export type StrategiesFile = z.infer<typeof StrategiesFile>;

/** What a settings file wants of one strategy. */
export interface WantedStrategy {
  readonly settings: StrategySettings;
  readonly schedule: ScheduleSettings | null;
  /** Which entry of the file says so, from 0. */
  readonly entry: number;
}

/** One strategy for each entry, or for each symbol of an entry, in the order of the file. */
export function expandEntries({ strategies }: StrategiesFile): WantedStrategy[] {
  return strategies.flatMap((entry, index) => {
    const symbols = entry.symbols ?? [null];
    return symbols.map((symbol) => ({
      settings: settingsOf(entry, symbol),
      schedule: entry.schedule ?? null,
      entry: index,
    }));
  });
}

/** Path or address of a feed; empty when it has neither. */
function placeOf(feed: FeedSettings): string {
  switch (feed.kind) {
    case 'vega-datasets':
      return '';
    case 'csv':
      return feed.path;
    case 'csv-url':
      return feed.url;
    default:
      return feed satisfies never;
  }
}

function feedOf(feed: FeedSettings, symbol: string): FeedSettings {
  const place = placeOf(feed).replaceAll(SYMBOL_MARK, symbol);
  if (feed.kind === 'csv') return { ...feed, path: place };
  return feed.kind === 'csv-url' ? { ...feed, url: place } : feed;
}

function settingsOf(entry: StrategyEntry, symbol: string | null): StrategySettings {
  const { id, implementation, owner, initialCash, costModel, trainBars, holdoutBars } = entry;
  const { gatePolicyVersion, seed, trainer, retrain, analyze, feed, jobs } = entry;
  const { id: ownId, name, ...traded } = entry.instrument;
  const instrumentId = symbol ?? ownId ?? id;
  return {
    strategyId: symbol === null ? id : `${id}-${symbol}`,
    implementation,
    owner,
    feed: symbol === null ? feed : feedOf(feed, symbol),
    seriesId: entry.seriesId ?? `${instrumentId}-1d`,
    instrument: { instrumentId, name: name ?? instrumentId, ...traded },
    costModel,
    initialCash,
    trainBars,
    holdoutBars,
    gatePolicyVersion,
    trainer,
    seed,
    retrain,
    analyze,
    ...(jobs === undefined ? {} : { jobs }),
  };
}
