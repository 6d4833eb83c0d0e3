-- What `strategy-loop status` asks all the time is answered from small indexes, however many cycles
-- the store holds: a store of 100,000 cycles has a handful that are open.

-- A trigger, so that no writer of the status can forget since when a stage waits. A stage that waits
-- already keeps its time when its cause is written anew.
create function note_waiting() returns trigger
  language plpgsql as $$
begin
  if new.status <> 'awaiting-operator' then
    new.waiting_since := null;
  elsif new.waiting_since is null then
    new.waiting_since := clock_timestamp();
  end if;
  return new;
end $$;
create trigger stages_note_waiting before insert or update of status on stages
  for each row execute function note_waiting();

create index stages_waiting on stages (waiting_since) where status = 'awaiting-operator';
create index cycles_open on cycles (started_at) where status in ('running', 'awaiting-operator');
-- Counting per strategy and state reads this index alone.
create index cycles_by_state on cycles (kind, strategy_id, status);
