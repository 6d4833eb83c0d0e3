import { WorkflowFailedError } from '@temporalio/client';
import { demoSettings } from '../../cli/defaults.ts';
import type { CycleSummary } from '../../schemas/payload.ts';
import { TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';

const WINDOW = { from: '2012-01-01', to: '2013-01-01' };
const ID = 'cycle/rsi-macd/2012-01-01_2013-01-01';

/** The Temporal UI starts workflows with any JSON: what is wrong must end, with a sentence. */
describe('a workflow that a person starts', () => {
  let loop: TestLoop;

  beforeAll(async () => {
    loop = await openTestLoop();
    await loop.register(demoSettings('rsi-macd'));
    await loop.startWorker();
  }, 60_000);
  afterAll(() => loop.close(), 60_000);

  function start(workflow: string, workflowId: string, input: unknown): Promise<unknown> {
    return loop.session.client.workflow.execute(workflow, {
      workflowId,
      taskQueue: TaskQueue.Workflows,
      args: [input],
      workflowExecutionTimeout: '20 s',
    });
  }

  async function failure(workflow: string, workflowId: string, input: unknown): Promise<string> {
    const error: unknown = await start(workflow, workflowId, input).catch(
      (caught: unknown) => caught,
    );
    if (!(error instanceof WorkflowFailedError))
      throw new Error(`it did not fail: ${String(error)}`);
    let inner: Error = error;
    while (inner.cause instanceof Error) inner = inner.cause;
    return inner.message;
  }

  it.each<[string, string, unknown, RegExp]>([
    ['strategyCycle', 'x', undefined, /must be an object, was missing/],
    ['strategyCycle', 'x', {}, /input\.strategyId must be an id .*missing/],
    ['strategyCycle', 'x', { strategyId: 'rsi-macd' }, /input\.window must be an object/],
    [
      'strategyCycle',
      ID,
      { strategyId: 'rsi-macd', window: { from: '2012-02-30', to: '2013-01-01' } },
      /input\.window\.from must be a real day .*2012-02-30/,
    ],
    [
      'strategyCycle',
      'my-cycle',
      { strategyId: 'rsi-macd', window: WINDOW },
      /must be cycle\/rsi-macd\/2012-01-01_2013-01-01, was my-cycle/,
    ],
    [
      'strategyCycle',
      'cycle/unknown/2012-01-01_2013-01-01',
      { strategyId: 'unknown', window: WINDOW },
      /"unknown" is not registered; known: rsi-macd/,
    ],
    ['retrainNow', 'retrain/rsi-macd/a', { strategyId: 'rsi-macd' }, /input\.trainWindow must be/],
    ['replayLoop', 'r', { strategyId: 'rsi-macd', first: '2012-01-01' }, /input\.cycles must be/],
    ['scheduledCycle', 's', { strategyId: 'rsi-macd' }, /input\.first must be a real day/],
  ])(
    '%s as %s with %j ends with a sentence',
    async (workflow, id, input, expected) => {
      expect(await failure(workflow, id, input)).toMatch(expected);
    },
    30_000,
  );

  it('needs no more than what it cannot guess', async () => {
    await start('retrainNow', 'retrain/rsi-macd/by-hand', {
      strategyId: 'rsi-macd',
      trainWindow: { from: '2008-01-01', to: '2012-01-01' },
      rollOut: true,
    });
    const summary = await start('strategyCycle', ID, { strategyId: 'rsi-macd', window: WINDOW });

    expect((summary as CycleSummary).stages.rollOut.status).toBe('completed');
  }, 60_000);
});
