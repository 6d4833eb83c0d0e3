-- The store of strategy-loop. Migrations are numbered and never edited once released.
-- Money, quantities and prices of the record are numeric with 8 decimals; figures of the engine
-- (forecasts, predictions) are float8. Times are timestamptz; windows are half-open [from, to).

create table instruments (
  instrument_id text primary key,
  name text not null,
  currency text not null,
  tick numeric not null check (tick >= 0),
  lot numeric not null check (lot >= 0),
  multiplier numeric not null check (multiplier > 0),
  calendar text not null
);

create table series (
  series_id text primary key,
  instrument_id text not null references instruments,
  kind text not null check (kind in ('bars')),
  duration interval not null
);

-- A changed value never overwrites: it becomes the next revision, with the time it was learned.
create table bars (
  series_id text not null references series,
  open_time timestamptz not null,
  revision integer not null check (revision >= 1),
  open float8 not null,
  high float8 not null,
  low float8 not null,
  close float8 not null,
  volume float8 not null,
  -- When the bar could first be known in the market: its open time plus its duration.
  available_at timestamptz not null,
  recorded_at timestamptz not null default now(),
  primary key (series_id, open_time, revision),
  check (low > 0 and low <= least(open, close) and high >= greatest(open, close) and volume >= 0)
);

create table datasets (
  -- The hash of the content: two series with the same bars share it.
  dataset_id text not null check (dataset_id ~ '^[0-9a-f]{64}$'),
  series_id text not null references series,
  rows integer not null check (rows > 0),
  first_time timestamptz not null,
  last_time timestamptz not null,
  quality jsonb not null,
  created_at timestamptz not null default now(),
  primary key (series_id, dataset_id)
);

create table strategies (
  strategy_id text primary key,
  owner text not null,
  instrument_id text not null references instruments,
  series_id text not null references series,
  settings jsonb not null,
  description jsonb not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);

create table gate_policies (
  version integer primary key,
  policy jsonb not null,
  created_at timestamptz not null default now()
);

-- One row per cycle, and per manual retrain (kind 'retrain': only collect, retrain, roll-out).
create table cycles (
  cycle_id text primary key,
  kind text not null check (kind in ('cycle', 'retrain')),
  strategy_id text not null references strategies,
  window_from timestamptz not null,
  window_to timestamptz not null,
  clock text not null check (clock in ('live', 'replay')),
  seed bigint not null,
  actor text not null,
  trainer jsonb not null default '{}',
  train_from timestamptz,
  status text not null check (status in ('running', 'awaiting-operator', 'completed', 'aborted')),
  champion_version integer,
  dataset_id text check (dataset_id ~ '^[0-9a-f]{64}$'),
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  check (window_from < window_to)
);
-- Outlives Temporal's retention: the same window never runs twice, however it is started.
create unique index cycles_one_per_window on cycles (strategy_id, window_from, window_to)
  where kind = 'cycle';
create index cycles_by_strategy on cycles (strategy_id, window_to desc) where kind = 'cycle';

-- One accepted result per (cycle, stage). A later attempt replaces it only while not consumed.
create table stages (
  cycle_id text not null references cycles on delete cascade,
  stage text not null check (stage in ('collect', 'trade', 'analyze', 'retrain', 'roll-out')),
  status text not null check (status in ('running', 'awaiting-operator', 'completed', 'skipped')),
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  cause text,
  accepted_job text,
  result jsonb,
  consumed boolean not null default false,
  primary key (cycle_id, stage),
  check ((status = 'completed') = (result is not null))
);

create table job_runs (
  job_name text primary key,
  cycle_id text not null,
  stage text not null,
  unit text not null,
  attempt integer not null check (attempt >= 1),
  job jsonb not null,
  status text not null check (status in ('running', 'succeeded', 'failed')),
  finished jsonb,
  failure jsonb,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  unique (cycle_id, stage, unit, attempt)
);

create table operator_actions (
  action_id bigint generated always as identity primary key,
  cycle_id text not null references cycles on delete cascade,
  stage text not null,
  action text not null check (action in ('retry', 'skip', 'abort')),
  -- Run of the workflow, and the stage's failures in it: a repeated write of one decision is one
  -- row, and a decision of an earlier run stays.
  run_id text not null,
  failure_number integer not null,
  reason text not null,
  actor text not null,
  at timestamptz not null default now(),
  unique (cycle_id, run_id, stage, failure_number)
);

create table decisions (
  cycle_id text not null references cycles on delete cascade,
  seq integer not null,
  time timestamptz not null,
  release_id text not null,
  forecast float8,
  prediction float8,
  target float8 not null,
  primary key (cycle_id, seq)
);

create table orders (
  strategy_id text not null references strategies,
  order_id text not null,
  cycle_id text not null references cycles on delete cascade,
  decided_at timestamptz not null,
  side text not null check (side in ('buy', 'sell')),
  target float8 not null,
  release_id text not null,
  primary key (strategy_id, order_id)
);

create table fills (
  strategy_id text not null,
  order_id text not null,
  cycle_id text not null references cycles on delete cascade,
  time timestamptz not null,
  side text not null check (side in ('buy', 'sell')),
  units numeric(38, 8) not null check (units > 0),
  price numeric(38, 8) not null check (price > 0),
  fee numeric(38, 8) not null check (fee >= 0),
  slippage numeric(38, 8) not null check (slippage >= 0),
  release_id text not null,
  primary key (strategy_id, order_id),
  foreign key (strategy_id, order_id) references orders on delete cascade
);

create table equity (
  strategy_id text not null references strategies,
  time timestamptz not null,
  cycle_id text not null references cycles on delete cascade,
  equity numeric(38, 8) not null,
  cash numeric(38, 8) not null,
  units numeric(38, 8) not null,
  close float8 not null,
  release_id text not null,
  primary key (strategy_id, time)
);
create index equity_by_cycle on equity (cycle_id);

create index orders_by_cycle on orders (cycle_id);
create index fills_by_cycle on fills (cycle_id);
create index fills_by_time on fills (strategy_id, time);

create table positions (
  strategy_id text not null references strategies,
  instrument_id text not null references instruments,
  units numeric(38, 8) not null,
  cash numeric(38, 8) not null,
  as_of timestamptz not null,
  cycle_id text not null references cycles on delete cascade,
  primary key (strategy_id, instrument_id)
);

create table analyses (
  cycle_id text primary key references cycles on delete cascade,
  overall jsonb not null,
  "window" jsonb not null,
  report_sha256 text not null,
  curves_sha256 text not null,
  created_at timestamptz not null default now()
);

-- What a retrain made. The id is the releaseId that the challenger gets if it is published.
create table challengers (
  challenger_id text primary key check (challenger_id ~ '^[0-9a-f]{64}$'),
  strategy_id text not null references strategies,
  cycle_id text not null references cycles,
  manifest jsonb not null,
  model_sha256 text,
  -- Parameter sets or models that were tried to make it, published or not.
  trials integer not null check (trials >= 1),
  holdout_from timestamptz not null,
  holdout_last timestamptz not null,
  evidence jsonb not null,
  created_at timestamptz not null default now()
);

-- The same held-out bars serve one gate only.
create table gate_verdicts (
  challenger_id text primary key references challengers,
  strategy_id text not null references strategies,
  cycle_id text not null,
  policy_version integer not null references gate_policies,
  verdict text not null check (verdict in ('pass', 'fail', 'inconclusive')),
  reason text not null,
  checks jsonb not null,
  evidence jsonb not null,
  holdout_from timestamptz not null,
  holdout_last timestamptz not null,
  judged_at timestamptz not null default now(),
  unique (strategy_id, holdout_from, holdout_last),
  unique (challenger_id, verdict)
);

create table models (
  sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
  bytes bytea not null check (octet_length(bytes) <= 16 * 1024 * 1024),
  check (encode(sha256(bytes), 'hex') = sha256)
);

-- A release needs a gate verdict 'pass' for exactly its content: the foreign key says so.
create table releases (
  strategy_id text not null references strategies,
  version integer not null check (version >= 1),
  release_id text not null,
  manifest jsonb not null,
  model_sha256 text references models,
  provenance jsonb not null,
  gate_verdict text not null default 'pass' check (gate_verdict = 'pass'),
  published_at timestamptz not null default now(),
  primary key (strategy_id, version),
  unique (strategy_id, release_id),
  foreign key (release_id, gate_verdict) references gate_verdicts (challenger_id, verdict)
);

create table channels (
  strategy_id text primary key references strategies,
  stable integer,
  candidate integer,
  weight float8 not null default 0 check (weight between 0 and 1),
  salt text not null,
  generation bigint not null default 0 check (generation >= 0),
  foreign key (strategy_id, stable) references releases (strategy_id, version),
  foreign key (strategy_id, candidate) references releases (strategy_id, version)
);

-- Append-only: who moved the channel, when, why, and to what.
create table channel_history (
  strategy_id text not null references strategies,
  generation bigint not null,
  stable integer,
  candidate integer,
  weight float8 not null,
  salt text not null,
  reason text not null,
  actor text not null,
  cycle_id text,
  moved_at timestamptz not null default now(),
  primary key (strategy_id, generation)
);

create table reports (
  report_id text primary key,
  title text not null,
  report_sha256 text not null,
  created_at timestamptz not null default now()
);

insert into gate_policies (version, policy) values
  (1, '{"version": 1, "barsMin": 60, "confidenceMin": 0.6, "drawdownExcessMax": 0.05, "resamples": 1000, "blockBars": 10}');

-- The text of a bar's time, as jobs and files write it: a day for daily bars, else an instant.
-- Neither strict nor immutable, because Postgres then puts its body into the calling query, which
-- makes it three times as fast; of null it is null all the same.
create function bar_time(t timestamptz) returns text
  language sql stable parallel safe
  return case
    when date_trunc('day', t at time zone 'UTC') = t at time zone 'UTC'
      then to_char(t at time zone 'UTC', 'YYYY-MM-DD')
    else to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  end;

-- Starts a stage under the cycle's lock, and marks the result that it builds on as consumed.
-- Returns the stage as it was when its result stands already, else nothing.
create function start_stage(a_cycle text, a_stage text, upstream text) returns setof stages
  language plpgsql as $$
declare
  standing stages;
begin
  perform 1 from cycles where cycle_id = a_cycle for update;
  select * into standing from stages where cycle_id = a_cycle and stage = a_stage;
  -- A skipped stage that a later one has built on stays skipped.
  if standing.status = 'completed' or (standing.status = 'skipped' and standing.consumed) then
    return next standing;
    return;
  end if;
  insert into stages (cycle_id, stage, status) values (a_cycle, a_stage, 'running')
    on conflict (cycle_id, stage) do update set status = 'running', cause = null, ended_at = null;
  update cycles set status = 'running'
    where cycle_id = a_cycle and status not in ('running', 'completed');
  update stages set consumed = true
    where cycle_id = a_cycle and stage = upstream and not consumed;
end $$;
