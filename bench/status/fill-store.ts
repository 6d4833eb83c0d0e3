import type { StorePool } from '../../adapters/postgres/pool.ts';

/** How much a filled store holds. */
export interface StoreSize {
  readonly strategies: number;
  readonly cyclesPerStrategy: number;
}

/** Every so many strategies wait for a person in their newest cycle, or run it. */
const WAITING_EVERY = 50;
const RUNNING_EVERY = 20;

const EMPTY = `'{}'::jsonb`;

/**
 * Fills an empty store with strategies, each with a release and cycles of a week, in bulk. Five
 * stages belong to each cycle, as in a real store; jobs and fills do not, because nothing that is
 * measured here reads them.
 */
export async function fillStore(pool: StorePool, size: StoreSize): Promise<void> {
  const strategies = String(size.strategies);
  const cycles = String(size.cyclesPerStrategy);
  const name = `'strategy-' || to_char(s, 'FM0000')`;
  const last = `n = ${cycles}`;
  const status = `case when ${last} and s % ${String(WAITING_EVERY)} = 0 then 'awaiting-operator'
    when ${last} and s % ${String(RUNNING_EVERY)} = 0 then 'running' else 'completed' end`;
  const from = `timestamptz '2020-01-01' + (n - 1) * interval '7 days'`;
  const statements = [
    `insert into instruments values ('bench', 'Bench', 'USD', 0.01, 0, 1, 'NYSE')`,
    `insert into series values ('bench-1d', 'bench', 'bars', '1 day')`,
    `insert into strategies (strategy_id, owner, instrument_id, series_id, settings, description)
     select ${name}, 'bench', 'bench', 'bench-1d', ${EMPTY}, ${EMPTY}
     from generate_series(1, ${strategies}) s`,
    `insert into cycles (cycle_id, kind, strategy_id, window_from, window_to, clock, seed, actor,
       status, ended_at)
     select 'retrain/' || strategy_id || '/first', 'retrain', strategy_id, '2016-01-01',
       '2020-01-01', 'replay', 1, 'bench', 'completed', now() from strategies`,
    `insert into challengers (challenger_id, strategy_id, cycle_id, manifest, trials,
       holdout_from, holdout_last, evidence)
     select encode(sha256(strategy_id::bytea), 'hex'), strategy_id,
       'retrain/' || strategy_id || '/first', ${EMPTY}, 1, '2019-06-01', '2019-12-31', ${EMPTY}
     from strategies`,
    `insert into gate_verdicts (challenger_id, strategy_id, cycle_id, policy_version, verdict,
       reason, checks, evidence, holdout_from, holdout_last)
     select challenger_id, strategy_id, cycle_id, 1, 'pass', 'first', '[]', ${EMPTY},
       holdout_from, holdout_last from challengers`,
    `insert into releases (strategy_id, version, release_id, manifest, provenance)
     select strategy_id, 1, challenger_id, ${EMPTY}, ${EMPTY} from challengers`,
    `insert into channels (strategy_id, stable, salt, generation)
     select strategy_id, 1, strategy_id, 1 from strategies`,
    `insert into channel_history (strategy_id, generation, stable, weight, salt, reason, actor)
     select strategy_id, 1, 1, 0, strategy_id, 'first', 'bench' from strategies`,
    `insert into cycles (cycle_id, kind, strategy_id, window_from, window_to, clock, seed, actor,
       status, champion_version, ended_at)
     select 'cycle/' || ${name} || '/' || to_char(${from}, 'YYYY-MM-DD') || '_'
         || to_char(${from} + interval '7 days', 'YYYY-MM-DD'), 'cycle', ${name}, ${from},
       ${from} + interval '7 days', 'replay', 1, 'bench', ${status}, 1,
       case when ${status} = 'completed' then now() end
     from generate_series(1, ${strategies}) s, generate_series(1, ${cycles}) n`,
    `insert into stages (cycle_id, stage, status, ended_at, cause, result)
     select cycle_id, stage,
       case when cycles.status = 'completed' or stage <> 'roll-out' then 'completed'
         else cycles.status end,
       case when cycles.status = 'completed' or stage <> 'roll-out' then now() end,
       case when cycles.status = 'awaiting-operator' and stage = 'roll-out'
         then 'JobFailed: job roll-out/evaluate exited with 70' end,
       case when cycles.status = 'completed' or stage <> 'roll-out' then ${EMPTY} end
     from cycles, unnest(array['collect', 'trade', 'analyze', 'retrain', 'roll-out']) stage
     where kind = 'cycle'`,
  ];
  for (const statement of statements) await pool.query(statement);
  // As autovacuum does within a minute on a store that is in use.
  for (const each of ['cycles', 'stages', 'channel_history']) {
    await pool.query(`vacuum (analyze) ${each}`);
  }
}
