import type { StorePool } from '../../adapters/postgres/pool.ts';

/**
 * Everything that a cycle has done to the store, without times and names of attempts: two runs of
 * the same window with the same seed must give the same.
 */
export async function effectsOf(pool: StorePool, strategyId: string): Promise<unknown> {
  const query = async (sql: string): Promise<unknown> => (await pool.query(sql, [strategyId])).rows;
  return {
    bars: await query(
      `select count(*), count(distinct open_time), max(revision) from bars
       where series_id = (select series_id from strategies where strategy_id = $1)`,
    ),
    cycles: await query(
      `select cycle_id, status, champion_version, dataset_id from cycles
       where strategy_id = $1 order by 1`,
    ),
    stages: await query(
      // The report shows how long each stage took, so its hash differs from run to run.
      `select cycle_id, stage, stages.status, result - 'reportSha256' as result
       from stages join cycles using (cycle_id) where strategy_id = $1 order by 1, 2`,
    ),
    decisions: await query(
      `select md5(string_agg(decisions::text, '|' order by decisions::text)) as hash, count(*)
       from decisions join cycles using (cycle_id) where strategy_id = $1`,
    ),
    orders: await query(
      `select md5(string_agg(orders::text, '|' order by orders::text)) as hash, count(*)
       from orders where strategy_id = $1`,
    ),
    fills: await query(
      `select md5(string_agg(fills::text, '|' order by fills::text)) as hash, count(*)
       from fills where strategy_id = $1`,
    ),
    equity: await query(
      `select md5(string_agg(equity::text, '|' order by equity::text)) as hash, count(*)
       from equity where strategy_id = $1`,
    ),
    position: await query('select units, cash, as_of from positions where strategy_id = $1'),
    analyses: await query(
      `select overall from analyses join cycles using (cycle_id) where strategy_id = $1 order by window_to`,
    ),
    challengers: await query(
      'select challenger_id from challengers where strategy_id = $1 order by 1',
    ),
    gates: await query(
      'select challenger_id, verdict, reason from gate_verdicts where strategy_id = $1 order by 1',
    ),
    releases: await query(
      'select version, release_id from releases where strategy_id = $1 order by 1',
    ),
    channel: await query('select stable, generation from channels where strategy_id = $1'),
    history: await query(
      'select generation, stable from channel_history where strategy_id = $1 order by 1',
    ),
  };
}
