import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StorePool } from '../../adapters/postgres/pool.ts';
import { demoSettings } from '../../cli/defaults.ts';
import { packagePath } from '../../cli/package-path.ts';
import type { CycleStatusView } from '../../schemas/message.ts';
import { until, YEAR_2012 } from '../support/loop.ts';
import { openPreparedLoop } from '../support/prepared-loop.ts';

const STRATEGY = 'rsi-macd';
const SP500 = packagePath('node_modules/vega-datasets/data/sp500-2000.csv');

/**
 * Lets a cycle wait for an operator, whose decision is then booked by a worker that dies at a point;
 * another worker goes on.
 *
 * @returns how often the decision is booked when the cycle has completed.
 */
async function decideWithDeath(
  point: string,
  plant: (pool: StorePool) => Promise<unknown> = () => Promise.resolve(),
): Promise<number> {
  const loop = await openPreparedLoop(STRATEGY);
  try {
    const feed = join(loop.dataDirectory, 'prices.csv');
    const first = await loop.startWorker();
    await loop.register({ ...demoSettings(STRATEGY), feed: { kind: 'csv', path: feed } });
    await writeFile(feed, 'date,open,high,low,close,volume\n2012-01-03,10,9,8,9,1\n');
    const id = await loop.startCycle(STRATEGY, YEAR_2012);
    const handle = loop.session.client.workflow.getHandle(id);
    await until('the cycle waits', async () => {
      const view = await handle.query<CycleStatusView>('cycleStatus');
      return view.status === 'AwaitingOperator';
    });
    await first.stop();
    await copyFile(SP500, feed);
    await plant(loop.session.pool);

    const doomed = await loop.startWorker({ STRATEGY_LOOP_FAULT_AT: point });
    await handle.signal('retryStage', { stage: 'collect', reason: 'mended', actor: 'ada' });
    await doomed.gone;
    expect(doomed.child.signalCode).toBe('SIGKILL');
    await loop.startWorker();
    const summary = await loop.result(id);

    expect(summary.stages.collect.status).toBe('completed');
    const { rows } = await loop.session.pool.query<{ count: number }>(
      `select count(*) as count from operator_actions
       where cycle_id = $1 and stage = 'collect' and action = 'retry' and actor = 'ada'`,
      [id],
    );
    return rows[0]?.count ?? 0;
  } finally {
    await loop.close();
  }
}

describe("a worker killed with SIGKILL while it books an operator's decision", () => {
  it.each(['start', 'after-commit'])(
    'at %s leaves it booked once, and carried out',
    async (where) => {
      expect(await decideWithDeath(`recordOperatorAction.${where}`)).toBe(1);
    },
    180_000,
  );

  it('would be caught if a decision were booked for each try', async () => {
    const booked = await decideWithDeath('recordOperatorAction.after-commit', (pool) =>
      pool.query(`
        create function another_key() returns trigger language plpgsql as $$ begin
          new.run_id := new.run_id || clock_timestamp()::text;
          return new;
        end $$;
        create trigger another_key before insert on operator_actions
          for each row execute function another_key();`),
    );

    expect(booked).toBe(2);
  }, 180_000);
});
