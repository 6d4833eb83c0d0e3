-- Strategies that a settings file describes, and what it wants of their schedules. A row stays until
-- the schedule of a strategy that was taken out of the file is gone.
create table managed_strategies (
  strategy_id text primary key references strategies,
  -- What the file says of the schedule; null when it wants none.
  schedule jsonb,
  -- Hash of the schedule as Temporal described it when it was brought to this state; 'pending'
  -- before that, and null when there is nothing in Temporal to look after.
  schedule_seen text,
  is_removed boolean not null default false,
  applied_at timestamptz not null default now(),
  check (not is_removed or schedule is null)
);

-- Append-only: who changed which setting, from what to what.
create table settings_changes (
  change_id bigint generated always as identity primary key,
  strategy_id text not null references strategies,
  actor text not null,
  changes jsonb not null,
  changed_at timestamptz not null default now()
);
create index settings_changes_by_strategy on settings_changes (strategy_id, changed_at);

-- The time that a stage waited for a person is kept beside its own.
alter table stages add column waiting_since timestamptz;
alter table stages add column waited_ms float8 not null default 0 check (waited_ms >= 0);
alter table stages drop constraint stages_status_check;
alter table stages add constraint stages_status_check
  check (status in ('running', 'awaiting-operator', 'completed', 'skipped', 'aborted'));
update stages set waiting_since = started_at where status = 'awaiting-operator';
update stages set status = 'aborted', ended_at = coalesce(stages.ended_at, now()),
    waiting_since = null
  from cycles where cycles.cycle_id = stages.cycle_id and cycles.status = 'aborted'
    and stages.status in ('running', 'awaiting-operator');

-- As in 0001; a stage of an aborted cycle that runs again starts its time anew.
create or replace function start_stage(a_cycle text, a_stage text, upstream text)
  returns setof stages language plpgsql as $$
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
    on conflict (cycle_id, stage) do update set status = 'running', cause = null, ended_at = null,
      started_at = case stages.status when 'aborted' then now() else stages.started_at end,
      waited_ms = case stages.status when 'aborted' then 0 else stages.waited_ms end,
      waiting_since = null;
  update cycles set status = 'running'
    where cycle_id = a_cycle and status not in ('running', 'completed');
  update stages set consumed = true
    where cycle_id = a_cycle and stage = upstream and not consumed;
end $$;
