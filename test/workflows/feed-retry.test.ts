import { backfillId } from '../../schemas/ids.ts';
import { LauncherKind, TaskQueue } from '../../schemas/task-queue.ts';
import { startFaultyWorker } from '../support/faulty-worker.ts';
import { SEED, TEST_TIMING } from '../support/loop.ts';
import { openPreparedLoop } from '../support/prepared-loop.ts';

const STRATEGY = 'rsi-macd';

describe('reading a feed for a back-fill', () => {
  it('gives a job that ran out of memory more of it, as in a cycle', async () => {
    const loop = await openPreparedLoop(STRATEGY);
    const { client, pool } = loop.session;
    const worker = await startFaultyWorker(loop, {
      job: { type: 'collect/fetch', fault: 'needs-memory' },
    });
    try {
      await client.workflow.execute('backfill', {
        workflowId: backfillId(STRATEGY),
        taskQueue: TaskQueue.Workflows,
        args: [
          {
            strategyId: STRATEGY,
            from: '2012-01-01',
            to: '2012-02-01',
            step: '1mo',
            trainFrom: null,
            isReady: false,
            ran: 0,
            historyLengthMax: 1000,
            launcher: LauncherKind.Process,
            actor: 'test',
            timing: TEST_TIMING,
            seed: SEED,
          },
        ],
      });

      const { rows } = await pool.query(
        `select status, failure ->> 'type' as type from job_runs where unit = 'feed' order by attempt`,
      );
      expect(rows).toEqual([
        { status: 'failed', type: 'JobOutOfMemory' },
        { status: 'succeeded', type: null },
      ]);
    } finally {
      await worker.stop();
      await loop.close();
    }
  }, 90_000);
});
