import type { GateVerdict } from '../../schemas/gate.ts';
import type { Queryable } from './pool.ts';

/** A challenger in a list. */
export interface ListedChallenger {
  readonly challengerId: string;
  readonly strategyId: string;
  readonly cycleId: string;
  readonly trainWindow: { readonly from: string; readonly to: string };
  readonly trials: number;
  readonly madeAt: string;
  /** Null when it was never rolled out: the gate has not seen it. */
  readonly verdict: GateVerdict['verdict'] | null;
  readonly reason: string | null;
  /** Number of the release that it became; null when it did not. */
  readonly version: number | null;
}

/** Challengers of a strategy (or of all), newest first. */
export async function listChallengers(
  client: Queryable,
  strategyId: string | null,
): Promise<ListedChallenger[]> {
  const { rows } = await client.query<ListedChallenger>(
    `select c.challenger_id as "challengerId", c.strategy_id as "strategyId",
       c.cycle_id as "cycleId", c.manifest -> 'trainWindow' as "trainWindow", c.trials,
       c.created_at as "madeAt", v.verdict, v.reason, r.version
     from challengers c
       left join gate_verdicts v on v.challenger_id = c.challenger_id
       left join releases r on r.strategy_id = c.strategy_id and r.release_id = c.challenger_id
     where $1::text is null or c.strategy_id = $1
     order by c.created_at desc, c.challenger_id`,
    [strategyId],
  );
  return rows;
}

/** Ids of the challengers that begin with a prefix, at most three: one is meant, more are not. */
export async function challengersLike(client: Queryable, prefix: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    'select challenger_id as id from challengers where starts_with(challenger_id, $1) limit 3',
    [prefix],
  );
  return rows.map(({ id }) => id);
}
