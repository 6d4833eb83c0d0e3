import type { Queryable } from '../../adapters/postgres/pool.ts';

/** Every effect of a loop in the store, one text a row, without times and names of attempts. */
export type Ledger = ReadonlyMap<string, readonly string[]>;

const QUERIES: Readonly<Record<string, string>> = {
  bars: `select series_id, open_time, revision, open, high, low, close, volume from bars`,
  cycles: `select cycle_id, status, champion_version, dataset_id from cycles`,
  // The report shows how long each stage took, so its hash differs from run to run.
  stages: `select cycle_id, stage, status, result - 'reportSha256' as result from stages`,
  decisions: `select * from decisions`,
  orders: `select * from orders`,
  fills: `select * from fills`,
  equity: `select * from equity`,
  positions: `select strategy_id, units, cash, as_of from positions`,
  analyses: `select cycle_id, overall from analyses`,
  challengers: `select challenger_id from challengers`,
  gate_verdicts: `select challenger_id, verdict, reason from gate_verdicts`,
  releases: `select version, release_id from releases`,
  channels: `select strategy_id, stable, generation from channels`,
  channel_history: `select strategy_id, generation, stable from channel_history`,
};

export async function readLedger(client: Queryable): Promise<Ledger> {
  const ledger = new Map<string, readonly string[]>();
  for (const [table, sql] of Object.entries(QUERIES)) {
    const { rows } = await client.query<{ row: string }>(
      `select found::text as row from (${sql}) as found order by 1`,
    );
    ledger.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return ledger;
}

/** How a store differs from the unharmed one: rows that are not there, and rows too many. */
export interface LedgerDifference {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

/** A changed row counts as one lost and one too many. */
export function compareLedgers(found: Ledger, unharmed: Ledger): LedgerDifference {
  const lost: string[] = [];
  const doubled: string[] = [];
  for (const [table, rows] of unharmed) {
    const left = new Map<string, number>();
    for (const row of rows) left.set(row, (left.get(row) ?? 0) + 1);
    for (const row of found.get(table) ?? []) {
      const count = left.get(row) ?? 0;
      if (count === 0) doubled.push(`${table} ${row}`);
      left.set(row, Math.max(0, count - 1));
    }
    for (const [row, count] of left) {
      for (let each = 0; each < count; each += 1) lost.push(`${table} ${row}`);
    }
  }
  return { lost, doubled };
}
