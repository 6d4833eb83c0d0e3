-- What is known about stored bars beside their values, and days on which an exchange was closed
-- against its calendar.

-- Facts are noticed once and kept. A gap is a run of bars that the calendar expects and the series
-- lacks; it is filled when they have come. A late bar came when the series had a later one already.
-- A revision is a bar that came again with other values.
create table bar_facts (
  series_id text not null references series,
  kind text not null check (kind in ('gap', 'late-bar', 'revision')),
  open_time timestamptz not null,
  -- Of a revision, its number; of a late bar, 1; of a gap, 0.
  revision integer not null,
  -- Of a gap: its last bar, how many are missing, and the calendar that expects them. Of a late
  -- bar: when it was expected. Of a revision: the values before and after.
  detail jsonb not null,
  noticed_at timestamptz not null default now(),
  filled_at timestamptz check (filled_at is null or kind = 'gap'),
  primary key (series_id, kind, open_time, revision)
);

-- Files that were imported and changed something.
create table data_imports (
  import_id bigint generated always as identity primary key,
  series_id text not null references series,
  file_name text not null,
  file_sha256 text not null check (file_sha256 ~ '^[0-9a-f]{64}$'),
  format text not null check (format in ('csv', 'parquet')),
  quality jsonb not null,
  inserted integer not null,
  revised integer not null,
  actor text not null,
  imported_at timestamptz not null default now()
);
create index data_imports_by_series on data_imports (series_id, import_id);

-- Append-only: the newest row about a day holds.
create table calendar_overrides (
  override_id bigint generated always as identity primary key,
  calendar text not null,
  day date not null,
  action text not null check (action in ('close', 'reopen')),
  reason text not null check (reason <> ''),
  actor text not null check (actor <> ''),
  at timestamptz not null default now()
);
create index calendar_overrides_by_day on calendar_overrides (calendar, day, override_id desc);

-- The text of a bar's time in a series of this duration: a day for bars of whole days that open at
-- midnight UTC, else an instant, so that all bars of one series have one form.
create function bar_time(t timestamptz, duration interval) returns text
  language sql stable parallel safe
  return case
    when duration >= interval '1 day' and date_trunc('day', t at time zone 'UTC') = t at time zone 'UTC'
      then to_char(t at time zone 'UTC', 'YYYY-MM-DD')
    else to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  end;
