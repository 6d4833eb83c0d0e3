-- What the metrics of the loop are read by: they are asked again and again, and must stay cheap
-- with 100,000 cycles in the store.

create index cycles_by_status on cycles (status);
create index cycles_completed on cycles (strategy_id, window_to desc) include (ended_at)
  where kind = 'cycle' and status = 'completed';
