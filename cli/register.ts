import { hasCollected } from '../adapters/postgres/cycles.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import {
  readStrategy,
  UnknownStrategyError,
  upsertStrategy,
  listStrategyIds,
} from '../adapters/postgres/strategies.ts';
import type { StoredStrategy } from '../adapters/postgres/strategies.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { DescribeResult } from '../schemas/jobs/describe.ts';
import { implementationOf } from '../schemas/settings.ts';
import type { StrategyDescription, StrategySettings } from '../schemas/settings.ts';
import { CommandError } from './command-error.ts';
import { didYouMean } from './known-ids.ts';
import { runLocalJob } from './run-job.ts';

/**
 * Asks the installed strategies what they are. Their code runs in a job of its own, never in this
 * process, which holds the database's address.
 */
export async function describeStrategies(): Promise<StrategyDescription[]> {
  const result = await runLocalJob({
    jobType: 'describe/strategies',
    strategyId: 'all',
    input: {},
  });
  return DescribeResult.parse(result).strategies;
}

/**
 * Registers strategies with these settings. Settings that are the same change nothing; a strategy
 * that has traded one series keeps it.
 *
 * @throws {CommandError} for an unknown strategy, or another series than the one it has traded.
 */
export async function registerStrategies(
  pool: StorePool,
  wanted: readonly StrategySettings[],
): Promise<void> {
  const descriptions = await describeStrategies();
  const checked: Parameters<typeof upsertStrategy>[1][] = [];
  for (const settings of wanted) {
    const implementation = implementationOf(settings);
    const description = descriptions.find(({ strategyId }) => strategyId === implementation);
    if (description === undefined) {
      const known = descriptions.map((candidate) => candidate.strategyId);
      const ids = await listStrategyIds(pool);
      const hint = didYouMean(implementation, [...ids, ...known]);
      const registeredIds = ids.length === 0 ? '' : `; registered: ${ids.slice(0, 20).join(', ')}`;
      throw new CommandError(
        CommandExitCode.BadInput,
        `there is no strategy "${implementation}"; installed: ${known.join(', ')}${registeredIds}${hint}`,
      );
    }
    await refuseOtherSeries(pool, settings);
    await refuseOtherInstrument(pool, settings);
    checked.push({ settings, description });
  }
  // All or none: a later one that is refused leaves the earlier ones as they were.
  for (const each of checked) await upsertStrategy(pool, each);
}

/**
 * Bars of one instrument under the name of another would be traded without a word.
 *
 * @returns what is wrong with a strategy's series; null when nothing is.
 */
export async function otherInstrument(
  pool: StorePool,
  { seriesId, instrument }: Pick<StrategySettings, 'seriesId' | 'instrument'>,
): Promise<string | null> {
  const { rows } = await pool.query<{ id: string }>(
    'select instrument_id as id from series where series_id = $1',
    [seriesId],
  );
  const stored = rows[0]?.id ?? instrument.instrumentId;
  if (stored === instrument.instrumentId) return null;
  return `series ${seriesId} is one of instrument ${stored}, not of ${instrument.instrumentId}; name that instrument, or another series`;
}

async function refuseOtherInstrument(pool: StorePool, settings: StrategySettings): Promise<void> {
  const problem = await otherInstrument(pool, settings);
  if (problem !== null) throw new CommandError(CommandExitCode.BadInput, problem);
}

async function refuseOtherSeries(pool: StorePool, settings: StrategySettings): Promise<void> {
  const stored = await registered(pool, settings.strategyId);
  if (stored === null || stored.settings.seriesId === settings.seriesId) return;
  if (!(await hasCollected(pool, settings.strategyId))) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${settings.strategyId} has run on series ${stored.settings.seriesId} in this data directory ` +
      `and cannot change to ${settings.seriesId}; use another one with --data-dir`,
  );
}

/** A registered strategy, or null. */
export async function registered(
  pool: StorePool,
  strategyId: string,
): Promise<StoredStrategy | null> {
  try {
    return await readStrategy(pool, strategyId);
  } catch (error) {
    if (error instanceof UnknownStrategyError) return null;
    throw error;
  }
}
