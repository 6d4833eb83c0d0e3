import { createHash } from 'node:crypto';
import type { StrategySettings } from '../schemas/settings.ts';
import type { Window } from '../schemas/window.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { CommandError } from './command-error.ts';

/** Seed of the demo: same seed and data, same releases. */
export const DEFAULT_SEED = 7;

/** Release 1 is trained on these years; the first cycle trades the year after. */
export const DEFAULT_FIRST_TRAIN: Window = { from: '2008-01-01', to: '2012-01-01' };
export const DEFAULT_FIRST = '2012-01-01';
export const DEFAULT_CYCLES = 8;
export const DEFAULT_STEP_MONTHS = 12;
export const DEMO_STRATEGIES: readonly string[] = ['rsi-macd', 'ml-forecast'];

const DEMO_SERIES = 'sp500-1d';

/** Settings of a strategy that trades the daily S&P 500 bars which ship with a package. */
export function demoSettings(strategyId: string): StrategySettings {
  return {
    strategyId,
    owner: 'demo',
    feed: { kind: 'vega-datasets' },
    seriesId: DEMO_SERIES,
    instrument: {
      instrumentId: 'sp500',
      name: 'S&P 500',
      currency: 'USD',
      tick: 0.01,
      lot: 0,
      multiplier: 1,
      calendar: 'NYSE',
    },
    costModel: { feeBps: 1, halfSpreadBps: 1 },
    initialCash: 1_000_000,
    // Four years of trading days, held-out bars included.
    trainBars: 1008,
    holdoutBars: 120,
    gatePolicyVersion: 1,
    trainer: {},
  };
}

/** The same settings, on a price file of the user's own. */
export function csvSettings(strategyId: string, path: string): StrategySettings {
  const base = path.split('/').at(-1) ?? path;
  const slug = base
    .toLowerCase()
    .replace(/\.[a-z0-9]+$/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);
  // Two files of one name in two folders are two series.
  const mark = createHash('sha256').update(path).digest('hex').slice(0, 6);
  const instrumentId = slug === '' ? mark : `${slug}-${mark}`;
  const demo = demoSettings(strategyId);
  return {
    ...demo,
    owner: 'local',
    feed: { kind: 'csv', path },
    seriesId: `csv-${instrumentId}`,
    instrument: { ...demo.instrument, instrumentId, name: base },
  };
}

/**
 * Where the jobs of cycles run that commands and schedules start: STRATEGY_LOOP_LAUNCHER, processes
 * by default.
 *
 * @throws {CommandError} when that names no launcher.
 */
export function defaultLauncher(): LauncherKind {
  const named = process.env['STRATEGY_LOOP_LAUNCHER'] ?? LauncherKind.Process;
  const kinds = Object.values(LauncherKind);
  const kind = kinds.find((known) => known === named);
  if (kind !== undefined) return kind;
  throw new CommandError(
    CommandExitCode.Usage,
    `STRATEGY_LOOP_LAUNCHER must be one of ${kinds.join(', ')}, was ${JSON.stringify(named)}`,
  );
}

/**
 * Where the jobs of a command run that has no `--launcher`: what STRATEGY_LOOP_LAUNCHER and
 * STRATEGY_LOOP_IMAGE say counts for the worker, too, that it starts when none is up.
 */
export function jobPlace(): { readonly launcher: LauncherKind; readonly image?: string } {
  const launcher = defaultLauncher();
  const image = process.env['STRATEGY_LOOP_IMAGE'] ?? '';
  return launcher === LauncherKind.Process || image === '' ? { launcher } : { launcher, image };
}
