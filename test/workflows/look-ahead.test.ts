import type { CycleStatusView } from '../../schemas/message.ts';
import { TaskQueue } from '../../schemas/task-queue.ts';
import type { Window } from '../../schemas/window.ts';
import { until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';
import { openPreparedLoop } from '../support/prepared-loop.ts';

const STRATEGY = 'rsi-macd';

interface RetrainAnswer {
  readonly verdict: { readonly outcome: string; readonly reason: string } | null;
}

/** Release 1 is trained on 2008 to 2011, and 2012 has been traded with it. */
describe('days that a release was trained on', () => {
  let loop: TestLoop;

  beforeAll(async () => {
    loop = await openPreparedLoop(STRATEGY);
    await loop.startWorker();
  }, 60_000);
  afterAll(() => loop.close(), 60_000);

  async function retrain(name: string, trainWindow: Window): Promise<RetrainAnswer['verdict']> {
    const answer = await loop.session.client.workflow.execute<
      (input: unknown) => Promise<RetrainAnswer>
    >('retrainNow', {
      workflowId: `retrain/${STRATEGY}/${name}`,
      taskQueue: TaskQueue.Workflows,
      args: [{ strategyId: STRATEGY, trainWindow, rollOut: true }],
    });
    return answer.verdict;
  }

  it('are not traded by it', async () => {
    const id = await loop.startCycle(STRATEGY, { from: '2011-01-01', to: '2012-01-01' });
    const handle = loop.session.client.workflow.getHandle(id);
    await until('the cycle waits', async () => {
      const { status } = await handle.query<CycleStatusView>('cycleStatus');
      return status === 'AwaitingOperator';
    });

    const seen = await handle.query<CycleStatusView>('cycleStatus');
    expect(seen.stage).toBe('trade');
    expect(seen.cause).toContain('was trained on days up to 2012-01-01');
    await handle.executeUpdate('abortCycle', { args: [{ reason: 'looked', actor: 'test' }] });
    await expect(handle.result()).rejects.toThrow();
  }, 60_000);

  it('are traded by nobody who was trained beyond what the strategy has traded', async () => {
    await loop.result(await loop.startCycle(STRATEGY, YEAR_2012));

    const verdict = await retrain('beyond', { from: '2010-01-01', to: '2014-06-01' });

    expect(verdict).toMatchObject({ outcome: 'kept' });
    expect(verdict?.reason).toContain('has traded up to 2013-01-01 only');
  }, 60_000);

  it('do not judge it', async () => {
    const verdict = await retrain('before', { from: '2006-01-01', to: '2011-06-01' });

    expect(verdict).toMatchObject({ outcome: 'kept' });
    expect(verdict?.reason).toContain('knows the held-out bars');
  }, 60_000);

  it('do not hinder a challenger that ends with the last traded window', async () => {
    const verdict = await retrain('within', { from: '2009-01-01', to: '2012-12-01' });

    expect(['promoted', 'kept']).toContain(verdict?.outcome);
    expect(verdict?.reason).not.toMatch(/knows the held-out bars|has traded up to/);
  }, 60_000);
});
