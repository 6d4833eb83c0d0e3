import type { Queryable } from './pool.ts';
import type { StoredSpan } from './price-series.ts';

/** A gap as it is kept: which bars are missing, and by which calendar. */
export interface StoredGap {
  /** Open times of the first and the last missing bar, as bars of the series write them. */
  readonly from: string;
  readonly last: string;
  readonly missing: number;
}

/** A fact about stored bars. */
export interface BarFact {
  readonly kind: 'gap' | 'late-bar' | 'revision';
  readonly time: string;
  readonly revision: number;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly noticedAt: string;
  readonly filledAt: string | null;
}

/** Known gaps of $1 that begin in the span $4 to $5. */
const KNOWN = `select open_time, (detail ->> 'last')::timestamptz as last, noticed_at
  from bar_facts where series_id = $1 and kind = 'gap' and filled_at is null
    and open_time between $4 and $5`;

/**
 * Keeps the gaps of a span. A gap that is known already is left as it is. One that is there no more
 * is marked as filled when bars have come for it; when a part of it is still missing, that part takes
 * its place, with the time at which the whole was noticed; and when no bar has come, because the
 * exchange was closed, it never was one. Doing it twice changes nothing.
 *
 * @returns how many gaps are new.
 */
export async function recordGaps(
  client: Queryable,
  { seriesId, span }: { readonly seriesId: string; readonly span: StoredSpan },
  gaps: readonly StoredGap[],
  calendar: { readonly code: string; readonly version: string },
): Promise<number> {
  const values = [
    seriesId,
    gaps.map((gap) => gap.from),
    gaps.map(({ last, missing }) =>
      JSON.stringify({ last, missing, calendar: calendar.code, version: calendar.version }),
    ),
    span.first,
    span.last,
  ];
  const { rows } = await client.query<{ isNew: boolean }>(
    `with known as (${KNOWN}), found as (
       select t.open_time, t.detail, min(known.noticed_at) as noticed_at
       from unnest($2::timestamptz[], $3::jsonb[]) as t (open_time, detail)
         left join known on known.open_time <= (t.detail ->> 'last')::timestamptz
           and known.last >= t.open_time
       group by t.open_time, t.detail
     )
     insert into bar_facts as f (series_id, kind, open_time, revision, detail, noticed_at)
     select $1, 'gap', open_time, 0, detail, coalesce(noticed_at, now()) from found
     on conflict (series_id, kind, open_time, revision) do update
       set detail = excluded.detail, filled_at = null
       where f.filled_at is not null
         or (f.detail -> 'missing') is distinct from (excluded.detail -> 'missing')
     returning (xmax = 0) and noticed_at = now() as "isNew"`,
    values,
  );
  await client.query(
    `with gone as (${KNOWN} and open_time <> all ($2::timestamptz[])), left_over as (
       select gone.open_time,
         exists (select 1 from bars where series_id = $1
           and bars.open_time between gone.open_time and gone.last) as is_filled,
         exists (select 1 from unnest($2::timestamptz[], $3::jsonb[]) as t (open_time, detail)
           where gone.open_time <= (t.detail ->> 'last')::timestamptz
             and gone.last >= t.open_time) as is_smaller
       from gone
     ), dropped as (
       delete from bar_facts f using left_over l
       where f.series_id = $1 and f.kind = 'gap' and f.open_time = l.open_time
         and (l.is_smaller or not l.is_filled)
     )
     update bar_facts f set filled_at = now() from left_over l
     where f.series_id = $1 and f.kind = 'gap' and f.open_time = l.open_time
       and l.is_filled and not l.is_smaller`,
    values,
  );
  return rows.filter(({ isNew }) => isNew).length;
}

/** Facts of one series, oldest bar first. */
export async function listFacts(
  client: Queryable,
  seriesId: string,
  kinds: readonly BarFact['kind'][],
): Promise<BarFact[]> {
  const { rows } = await client.query<BarFact>(
    `select f.kind, bar_time(f.open_time, s.duration) as time, f.revision, f.detail,
       f.noticed_at as "noticedAt", f.filled_at as "filledAt"
     from bar_facts f join series s using (series_id)
     where series_id = $1 and f.kind = any ($2)
     order by f.open_time, f.kind, f.revision`,
    [seriesId, kinds],
  );
  return rows;
}

/** A file that was imported. */
export interface DataImport {
  readonly seriesId: string;
  readonly fileName: string;
  readonly sha256: string;
  readonly format: 'csv' | 'parquet';
  readonly quality: object;
  readonly inserted: number;
  readonly revised: number;
  readonly actor: string;
}

/** Keeps that a file was imported. */
export async function recordImport(client: Queryable, entry: DataImport): Promise<void> {
  await client.query(
    `insert into data_imports
       (series_id, file_name, file_sha256, format, quality, inserted, revised, actor)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      entry.seriesId,
      entry.fileName,
      entry.sha256,
      entry.format,
      JSON.stringify(entry.quality),
      entry.inserted,
      entry.revised,
      entry.actor,
    ],
  );
}
