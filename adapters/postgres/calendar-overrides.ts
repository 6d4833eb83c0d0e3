import type { Queryable } from './pool.ts';

/** A day on which an exchange is closed against its calendar. */
export interface ClosedDay {
  readonly day: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}

export interface Override {
  readonly calendar: string;
  readonly day: string;
  readonly action: 'close' | 'reopen';
  readonly reason: string;
  readonly actor: string;
}

/** Records that an exchange is closed on a day, or that it is not after all. Nothing is erased. */
export async function recordOverride(client: Queryable, override: Override): Promise<void> {
  const { calendar, day, action, reason, actor } = override;
  await client.query(
    `insert into calendar_overrides (calendar, day, action, reason, actor)
     values ($1, $2, $3, $4, $5)`,
    [calendar, day, action, reason, actor],
  );
}

/** Days of [from, to) on which the exchange is closed against its calendar, oldest first. */
export async function listClosedDays(
  client: Queryable,
  calendar: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ClosedDay[]> {
  const { rows } = await client.query<ClosedDay>(
    `select day, reason, actor, at from (
       select distinct on (day) to_char(day, 'YYYY-MM-DD') as day, action, reason, actor, at
       from calendar_overrides where calendar = $1 and day >= $2::date and day < $3::date
       order by day, override_id desc
     ) as newest where action = 'close' order by day`,
    [calendar, from, to],
  );
  return rows;
}
