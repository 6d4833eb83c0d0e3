import type { StorePool } from '../adapters/postgres/pool.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { CommandError } from './command-error.ts';
import { requireStrategy } from './known-ids.ts';
import type { Output } from './output.ts';
import { writeReport } from './replay.ts';
import { withSession } from './with-session.ts';
import { jobPlace } from './defaults.ts';

/** What the page is about. */
export interface DrawRequest {
  /** Empty for every strategy that has completed a cycle. */
  readonly strategyIds: readonly string[];
  /** Null for one made from the strategies. */
  readonly title: string | null;
}

/**
 * Draws the report of the store as it is now, and puts it where `report path` finds it.
 *
 * @throws {CommandError} when there is nothing to draw.
 */
export async function drawNow(
  dataDirectory: string,
  output: Output,
  request: DrawRequest,
): Promise<{ path: string; strategyIds: readonly string[] }> {
  const place = jobPlace();
  return withSession({ dataDirectory, output, withWorker: true, ...place }, async (session) => {
    for (const id of request.strategyIds) await requireStrategy(session.pool, id);
    const analyzed = await analyzedStrategies(session.pool);
    const strategyIds = request.strategyIds.length > 0 ? request.strategyIds : analyzed;
    const missing = strategyIds.filter((id) => !analyzed.includes(id));
    if (strategyIds.length === 0 || missing.length > 0) {
      const who = missing.length === 0 ? 'no strategy' : missing.join(', ');
      throw new CommandError(
        CommandExitCode.BadInput,
        `${who} has no completed cycle yet, so there is nothing to draw; run \`strategy-loop replay\` first`,
      );
    }
    const title = request.title ?? strategyIds.join(' and ');
    return {
      path: await writeReport(session, dataDirectory, {
        title,
        strategyIds,
        launcher: place.launcher,
      }),
      strategyIds,
    };
  });
}

async function analyzedStrategies(pool: StorePool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    'select distinct strategy_id as id from analyses join cycles using (cycle_id) order by 1',
  );
  return rows.map(({ id }) => id);
}
