import type { Bar } from '../../schemas/bar.ts';
import { nearestName } from '../../schemas/nearest-name.ts';
import type { Queryable } from './pool.ts';

/** A stored series of bars, and the calendar of its instrument. */
export interface StoredSeries {
  readonly seriesId: string;
  readonly instrumentId: string;
  readonly calendar: string;
  /** Length of one bar, in milliseconds. */
  readonly durationMs: number;
}

/** What is stored of a series, in figures. */
export interface SeriesSummary extends StoredSeries {
  readonly bars: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly revisions: number;
  readonly lateBars: number;
  /** Gaps that are noticed and not filled. */
  readonly gaps: number;
}

/** What a new series needs to be told. */
export interface NewSeries extends StoredSeries {
  readonly name: string;
  readonly currency: string;
}

/** No series of this id is stored. */
export class UnknownSeriesError extends Error {
  override readonly name = 'UnknownSeriesError';

  constructor(seriesId: string, known: readonly string[]) {
    const nearest = nearestName(seriesId, known);
    const hint = nearest === null ? '' : `; did you mean "${nearest}"?`;
    super(`series "${seriesId}" is not stored; known: ${known.join(', ') || 'none'}${hint}`);
  }
}

const COLUMNS = `s.series_id as "seriesId", s.instrument_id as "instrumentId", i.calendar,
  (extract(epoch from s.duration) * 1000)::float8 as "durationMs"`;

/** Stores a series and its instrument unless they are there. @returns what is stored then. */
export async function ensureSeries(client: Queryable, series: NewSeries): Promise<StoredSeries> {
  const { seriesId, instrumentId, name, currency, calendar, durationMs } = series;
  await client.query(
    `insert into instruments (instrument_id, name, currency, tick, lot, multiplier, calendar)
     values ($1, $2, $3, 0, 0, 1, $4) on conflict (instrument_id) do nothing`,
    [instrumentId, name, currency, calendar],
  );
  await client.query(
    `insert into series (series_id, instrument_id, kind, duration)
     values ($1, $2, 'bars', make_interval(secs => $3)) on conflict (series_id) do nothing`,
    [seriesId, instrumentId, durationMs / 1000],
  );
  return requireSeries(client, seriesId);
}

/** @returns null when it is not stored. */
export async function readSeries(
  client: Queryable,
  seriesId: string,
): Promise<StoredSeries | null> {
  const { rows } = await client.query<StoredSeries>(
    `select ${COLUMNS} from series s join instruments i using (instrument_id) where series_id = $1`,
    [seriesId],
  );
  return rows[0] ?? null;
}

/** @throws {UnknownSeriesError} when it is not stored. */
export async function requireSeries(client: Queryable, seriesId: string): Promise<StoredSeries> {
  const series = await readSeries(client, seriesId);
  if (series !== null) return series;
  const { rows } = await client.query<{ id: string }>(
    'select series_id as id from series order by series_id',
  );
  const known = rows.map(({ id }) => id);
  throw new UnknownSeriesError(seriesId, known);
}

/** Every series, by id. */
export async function listSeries(client: Queryable): Promise<SeriesSummary[]> {
  const { rows } = await client.query<SeriesSummary>(
    `select ${COLUMNS}, coalesce(b.bars, 0) as bars, bar_time(b.first, s.duration) as "from",
       bar_time(b.last, s.duration) as "to", coalesce(b.revisions, 0) as revisions,
       coalesce(f.late, 0) as "lateBars", coalesce(f.gaps, 0) as gaps
     from series s join instruments i using (instrument_id)
       left join (
         select series_id, count(*) filter (where revision = 1) as bars, min(open_time) as first,
           max(open_time) as last, count(*) filter (where revision > 1) as revisions
         from bars group by series_id
       ) b using (series_id)
       left join (
         select series_id, count(*) filter (where kind = 'late-bar') as late,
           count(*) filter (where kind = 'gap' and filled_at is null) as gaps
         from bar_facts group by series_id
       ) f using (series_id)
     order by series_id`,
  );
  return rows;
}

/** The span of stored bars; null when there is none. */
export interface StoredSpan {
  readonly first: string;
  readonly last: string;
}

/** Open times of the first and the last stored bar, as instants. */
export async function readSpan(client: Queryable, seriesId: string): Promise<StoredSpan | null> {
  const { rows } = await client.query<StoredSpan | { first: null; last: null }>(
    'select min(open_time) as first, max(open_time) as last from bars where series_id = $1',
    [seriesId],
  );
  const row = rows[0];
  return row?.first == null ? null : row;
}

/** Which bars of a series are wanted: open times of [from, to), where null is no bound. */
export interface BarSpan {
  readonly from: string | null;
  readonly to: string | null;
}

const PAGE_ROWS = 20_000;

/** Newest revisions of the wanted bars, oldest first, a page at a time. */
export async function* readBarPages(
  client: Queryable,
  seriesId: string,
  { from, to }: BarSpan,
  pageRows = PAGE_ROWS,
): AsyncGenerator<Bar[]> {
  let after: string | null = null;
  for (;;) {
    const page: { rows: (Bar & { at: string })[] } = await client.query(
      `select distinct on (b.open_time) b.open_time as at, bar_time(b.open_time, s.duration) as time,
         b.open, b.high, b.low, b.close, b.volume
       from bars b join series s using (series_id)
       where series_id = $1 and ($2::timestamptz is null or b.open_time >= $2)
         and ($3::timestamptz is null or b.open_time < $3)
         and ($4::timestamptz is null or b.open_time > $4)
       order by b.open_time, b.revision desc limit $5`,
      [seriesId, from, to, after, pageRows],
    );
    if (page.rows.length === 0) return;
    after = page.rows.at(-1)?.at ?? null;
    yield page.rows.map(({ at: _at, ...bar }) => bar);
    if (page.rows.length < pageRows) return;
  }
}

/** Open times of the stored bars of [from, to], in milliseconds since 1970, oldest first. */
export async function* readOpenTimes(
  client: Queryable,
  seriesId: string,
  { first, last }: StoredSpan,
): AsyncGenerator<number[]> {
  let after: string | null = null;
  for (;;) {
    const page: { rows: { time: string }[] } = await client.query(
      `select open_time as time from bars
       where series_id = $1 and revision = 1 and open_time between $2 and $3
         and ($4::timestamptz is null or open_time > $4)
       order by open_time limit $5`,
      [seriesId, first, last, after, PAGE_ROWS],
    );
    if (page.rows.length === 0) return;
    after = page.rows.at(-1)?.time ?? null;
    yield page.rows.map(({ time }) => Date.parse(time));
    if (page.rows.length < PAGE_ROWS) return;
  }
}

/** The bars next to a span, or its own ends where there is none beyond: gaps reach to them. */
export async function widenSpan(
  client: Queryable,
  seriesId: string,
  { first, last }: StoredSpan,
): Promise<StoredSpan> {
  const { rows } = await client.query<StoredSpan>(
    `select
       coalesce((select max(open_time) from bars where series_id = $1 and open_time < $2), $2) as first,
       coalesce((select min(open_time) from bars where series_id = $1 and open_time > $3), $3) as last`,
    [seriesId, first, last],
  );
  return rows[0] ?? { first, last };
}
