-- What `strategy-loop status` asks all the time is answered from small indexes, however many cycles
-- the store holds: a store of 100,000 cycles has a handful that are open.

-- Since when a stage waits for a person; null while it does not.
alter table stages add column waits_since timestamptz;
update stages set waits_since = started_at where status = 'awaiting-operator';

-- A trigger, so that no writer of the status can forget it. A stage that waits already keeps its
-- time when its cause is written anew.
create function note_waiting() returns trigger
  language plpgsql as $$
begin
  if new.status <> 'awaiting-operator' then
    new.waits_since := null;
  elsif tg_op = 'INSERT' or old.status <> 'awaiting-operator' then
    new.waits_since := clock_timestamp();
  end if;
  return new;
end $$;
create trigger stages_note_waiting before insert or update of status on stages
  for each row execute function note_waiting();

create index stages_waiting on stages (waits_since) where status = 'awaiting-operator';
create index cycles_open on cycles (started_at) where status in ('running', 'awaiting-operator');
-- Counting per strategy and state reads this index alone.
create index cycles_by_state on cycles (kind, strategy_id, status);
