-- However a stage stops waiting for a person, the time that it waited is no time of its own: by an
-- Update, by a Signal, and by a Reset, which comes without a decision.
create or replace function note_waiting() returns trigger
  language plpgsql as $$
begin
  if new.status <> 'awaiting-operator' then
    if tg_op = 'UPDATE' and old.waiting_since is not null then
      new.waited_ms := old.waited_ms
        + extract(epoch from clock_timestamp() - old.waiting_since) * 1000;
    end if;
    new.waiting_since := null;
  elsif new.waiting_since is null then
    new.waiting_since := clock_timestamp();
  end if;
  return new;
end $$;
