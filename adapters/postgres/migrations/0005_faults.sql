-- What the metrics of the loop are read by: they are asked again and again, and must stay cheap
-- with 100,000 cycles in the store.

create index cycles_by_status on cycles (status);
create index stages_waiting on stages (cycle_id) where status = 'awaiting-operator';
create index cycles_completed on cycles (strategy_id, window_to desc) include (ended_at)
  where kind = 'cycle' and status = 'completed';

-- Since when the stage has been waiting; its start may be long before.
alter table stages add column waiting_since timestamptz;
update stages set waiting_since = started_at where status = 'awaiting-operator';

create function note_waiting() returns trigger language plpgsql as $$ begin
  if new.status <> 'awaiting-operator' then
    new.waiting_since := null;
  elsif new.waiting_since is null then
    new.waiting_since := clock_timestamp();
  end if;
  return new;
end $$;
create trigger stages_note_waiting before insert or update of status on stages
  for each row execute function note_waiting();
