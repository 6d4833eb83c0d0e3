import type { AccountState, Decision, EquityPoint, Fill, Order } from '../../schemas/trading.ts';
import type { StoredCycle } from './cycles.ts';
import type { Queryable } from './pool.ts';

/** The record of one walked window. */
export interface WalkRecord {
  readonly decisions: readonly Decision[];
  readonly orders: readonly Order[];
  readonly fills: readonly Fill[];
  readonly equity: readonly EquityPoint[];
  readonly account: AccountState;
}

/**
 * Money, prices and quantities are quantised here, at the store's boundary, to 8 decimals: the
 * engine computes in float64.
 */
function quantize(value: number): string {
  return value.toFixed(8);
}

/** Replaces the record of a cycle by this one. Part of the trade stage's ingest transaction. */
export async function replaceWalk(
  client: Queryable,
  cycle: StoredCycle,
  instrumentId: string,
  record: WalkRecord,
): Promise<void> {
  const { cycleId, strategyId } = cycle;
  await client.query(
    `with f as (delete from fills where cycle_id = $1), o as (delete from orders where cycle_id = $1),
       e as (delete from equity where cycle_id = $1)
     delete from decisions where cycle_id = $1`,
    [cycleId],
  );
  await client.query(
    `insert into decisions (cycle_id, seq, time, release_id, forecast, prediction, target)
     select $1, row_number() over () - 1, d.time, d."releaseId", d.forecast, d.prediction, d.target
     from jsonb_to_recordset($2::jsonb) as d (time timestamptz, "releaseId" text, forecast float8,
       prediction float8, target float8)`,
    [cycleId, JSON.stringify(record.decisions)],
  );
  await client.query(
    `insert into orders (strategy_id, order_id, cycle_id, decided_at, side, target, release_id)
     select $1, o."orderId", $2, o."decidedAt", o.side, o.target, o."releaseId"
     from jsonb_to_recordset($3::jsonb) as o ("orderId" text, "decidedAt" timestamptz, side text,
       target float8, "releaseId" text)`,
    [strategyId, cycleId, JSON.stringify(record.orders)],
  );
  await insertFills(client, cycle, record.fills);
  await insertEquity(client, cycle, record.equity);
  const last = record.equity.at(-1);
  if (last === undefined) return;
  await client.query(
    `insert into positions (strategy_id, instrument_id, units, cash, as_of, cycle_id)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (strategy_id, instrument_id) do update
       set units = excluded.units, cash = excluded.cash, as_of = excluded.as_of,
         cycle_id = excluded.cycle_id
       where positions.as_of <= excluded.as_of`,
    [
      strategyId,
      instrumentId,
      quantize(record.account.units),
      quantize(record.account.cash),
      last.time,
      cycleId,
    ],
  );
}

/**
 * The order of a fill may have been decided at the last bar of the window before: it is in the
 * store already, under that window's cycle.
 */
async function insertFills(
  client: Queryable,
  { cycleId, strategyId }: StoredCycle,
  fills: readonly Fill[],
): Promise<void> {
  const rows = fills.map((fill) => ({
    ...fill,
    units: quantize(fill.units),
    price: quantize(fill.price),
    fee: quantize(fill.fee),
    slippage: quantize(fill.slippage),
  }));
  await client.query(
    `insert into fills (strategy_id, order_id, cycle_id, time, side, units, price, fee, slippage,
       release_id)
     select $1, f."orderId", $2, f.time, f.side, f.units, f.price, f.fee, f.slippage, f."releaseId"
     from jsonb_to_recordset($3::jsonb) as f ("orderId" text, time timestamptz, side text,
       units numeric, price numeric, fee numeric, slippage numeric, "releaseId" text)`,
    [strategyId, cycleId, JSON.stringify(rows)],
  );
}

async function insertEquity(
  client: Queryable,
  { cycleId, strategyId }: StoredCycle,
  equity: readonly EquityPoint[],
): Promise<void> {
  const rows = equity.map((point) => ({
    ...point,
    equity: quantize(point.equity),
    cash: quantize(point.cash),
    units: quantize(point.units),
  }));
  await client.query(
    `insert into equity (strategy_id, time, cycle_id, equity, cash, units, close, release_id)
     select $1, e.time, $2, e.equity, e.cash, e.units, e.close, e."releaseId"
     from jsonb_to_recordset($3::jsonb) as e (time timestamptz, equity numeric, cash numeric,
       units numeric, close float8, "releaseId" text)`,
    [strategyId, cycleId, JSON.stringify(rows)],
  );
}

/**
 * The loop's equity curve up to a time, oldest first, as JSON lines. The database writes the lines,
 * because this process would only parse rows to print them again.
 */
export async function equityLines(
  client: Queryable,
  strategyId: string,
  to: string,
): Promise<string> {
  return lines(
    client,
    `select json_build_object('time', bar_time(time), 'equity', equity, 'cash', cash,
       'units', units, 'close', close, 'releaseId', release_id) as line, time, '' as tie
     from equity where strategy_id = $1 and equity.time < $2`,
    [strategyId, to],
  );
}

/** The loop's fills up to a time, oldest first, as JSON lines. */
export async function fillLines(
  client: Queryable,
  strategyId: string,
  to: string,
): Promise<string> {
  return lines(
    client,
    `select json_build_object('orderId', order_id, 'time', bar_time(time), 'side', side,
       'units', units, 'price', price, 'fee', fee, 'slippage', slippage,
       'releaseId', release_id) as line, time, order_id as tie
     from fills where strategy_id = $1 and fills.time < $2`,
    [strategyId, to],
  );
}

async function lines(client: Queryable, rows: string, values: unknown[]): Promise<string> {
  const { rows: texts } = await client.query<{ text: string | null }>(
    `select string_agg(line::text || E'\\n', '' order by time, tie) as text from (${rows}) as found`,
    values,
  );
  return texts[0]?.text ?? '';
}

/** The account after the newest accepted trade stage before a window, or null before the first. */
export async function accountBefore(
  client: Queryable,
  strategyId: string,
  from: string,
): Promise<unknown> {
  const { rows } = await client.query<{ account: unknown }>(
    `select result -> 'account' as account from stages join cycles using (cycle_id)
     where strategy_id = $1 and kind = 'cycle' and stage = 'trade' and stages.status = 'completed'
       and window_to <= $2
     order by window_to desc limit 1`,
    [strategyId, from],
  );
  return rows[0]?.account ?? null;
}
