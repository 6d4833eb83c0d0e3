import { JobSettings } from '../../schemas/job-settings.ts';
import { StrategyDescription, StrategySettings } from '../../schemas/settings.ts';
import type { Queryable } from './pool.ts';

/** A registered strategy. */
export interface StoredStrategy {
  readonly settings: StrategySettings;
  readonly description: StrategyDescription;
}

/** No strategy of this id is registered. */
export class UnknownStrategyError extends Error {
  override readonly name = 'UnknownStrategyError';

  constructor(strategyId: string, known: readonly string[]) {
    super(`strategy "${strategyId}" is not registered; known: ${known.join(', ') || 'none'}`);
  }
}

/** Registers a strategy, its instrument and its series, or brings them up to date. */
export async function upsertStrategy(
  client: Queryable,
  { settings, description }: StoredStrategy,
): Promise<void> {
  const { instrument } = settings;
  await client.query(
    `insert into instruments (instrument_id, name, currency, tick, lot, multiplier, calendar)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (instrument_id) do update set (name, currency, tick, lot, multiplier, calendar) =
       (excluded.name, excluded.currency, excluded.tick, excluded.lot, excluded.multiplier,
         excluded.calendar)`,
    [
      instrument.instrumentId,
      instrument.name,
      instrument.currency,
      instrument.tick,
      instrument.lot,
      instrument.multiplier,
      instrument.calendar,
    ],
  );
  await client.query(
    `insert into series (series_id, instrument_id, kind, duration)
     values ($1, $2, 'bars', interval '1 day') on conflict (series_id) do nothing`,
    [settings.seriesId, instrument.instrumentId],
  );
  await client.query(
    `insert into strategies (strategy_id, owner, instrument_id, series_id, settings, description)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (strategy_id) do update
       set owner = excluded.owner, instrument_id = excluded.instrument_id,
         series_id = excluded.series_id, settings = excluded.settings,
         description = excluded.description, changed_at = now()
       where (strategies.settings, strategies.description)
         is distinct from (excluded.settings, excluded.description)`,
    [
      settings.strategyId,
      settings.owner,
      instrument.instrumentId,
      settings.seriesId,
      JSON.stringify(settings),
      JSON.stringify(description),
    ],
  );
  await client.query(
    `insert into channels (strategy_id, salt) values ($1, $1) on conflict (strategy_id) do nothing`,
    [settings.strategyId],
  );
}

/** @throws {UnknownStrategyError} when it is not registered. */
export async function readStrategy(client: Queryable, strategyId: string): Promise<StoredStrategy> {
  const { rows } = await client.query<{ settings: unknown; description: unknown }>(
    'select settings, description from strategies where strategy_id = $1',
    [strategyId],
  );
  const row = rows[0];
  if (row === undefined) {
    throw new UnknownStrategyError(strategyId, await listStrategyIds(client));
  }
  return {
    settings: StrategySettings.parse(row.settings),
    description: StrategyDescription.parse(row.description),
  };
}

/**
 * @returns what a strategy's settings say about its jobs; undefined when they say nothing, and for what
 *   is no single strategy, such as a report on several.
 */
export async function readJobSettings(
  client: Queryable,
  strategyId: string,
): Promise<JobSettings | undefined> {
  const { rows } = await client.query<{ jobs: unknown }>(
    `select settings -> 'jobs' as jobs from strategies where strategy_id = $1`,
    [strategyId],
  );
  return JobSettings.optional().parse(rows[0]?.jobs ?? undefined);
}

export async function listStrategyIds(client: Queryable): Promise<string[]> {
  const { rows } = await client.query<{ strategy_id: string }>(
    'select strategy_id from strategies order by strategy_id',
  );
  return rows.map((row) => row.strategy_id);
}
