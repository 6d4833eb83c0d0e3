import { defaultPayloadConverter } from '@temporalio/common';
import { demoSettings } from '../../cli/defaults.ts';
import { cycleId } from '../../schemas/ids.ts';
import { Listing } from '../../schemas/payload.ts';
import type { CycleStatusView } from '../../schemas/message.ts';
import { SearchAttribute } from '../../schemas/search-attribute.ts';
import { TaskQueue } from '../../schemas/task-queue.ts';
import { openTestLoop, TEST_TIMING, until, YEAR_2012 } from '../support/loop.ts';
import type { TestLoop } from '../support/loop.ts';

const STRATEGY = 'rsi-macd';
const ID = cycleId(STRATEGY, YEAR_2012);

/** Each write costs a replay about 10 ms, but nobody may miss a cycle that waits for a person. */
describe('the stage of a cycle in the list of workflows', () => {
  let loop: TestLoop;

  beforeAll(async () => {
    loop = await openTestLoop();
    await loop.register(demoSettings(STRATEGY));
    await loop.startWorker();
  }, 60_000);
  afterAll(() => loop.close(), 60_000);

  /** Runs a cycle that waits at `trade`, because there is no release, is retried and aborted. */
  async function writes(listing: Listing): Promise<string[]> {
    const handle = await loop.session.client.workflow.start('strategyCycle', {
      workflowId: ID,
      taskQueue: TaskQueue.Workflows,
      args: [
        { strategyId: STRATEGY, window: YEAR_2012, clock: 'replay', listing, timing: TEST_TIMING },
      ],
    });
    const decision = { stage: 'trade', reason: 'a test', actor: 'ada' };
    let since: string | null = null;
    for (const name of ['retryStage', 'abortCycle']) {
      await until('the cycle waits anew', async () => {
        const { waitingSince } = await handle.query<CycleStatusView>('cycleStatus');
        if (waitingSince === since || waitingSince === null) return false;
        since = waitingSince;
        return true;
      });
      await handle.executeUpdate(name, { args: [decision] });
    }
    await expect(handle.result()).rejects.toThrow();
    const { events } = await handle.fetchHistory();
    return (events ?? []).flatMap((event) => {
      const fields =
        event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
      // The SDK writes one of its own, for what a run began with.
      if (fields?.[SearchAttribute.StageStatus] === undefined) return [];
      const text = (name: string): string =>
        String(defaultPayloadConverter.fromPayload(fields[name] ?? {}));
      return [`${text(SearchAttribute.CycleStage)} ${text(SearchAttribute.StageStatus)}`];
    });
  }

  const WAITS = ['trade AwaitingOperator', 'trade Running', 'trade AwaitingOperator'];

  it('is written with every stage, unless told otherwise', async () => {
    expect(await writes(Listing.Stages)).toEqual([
      'collect Running',
      'trade Running',
      ...WAITS,
      'done Aborted',
    ]);
  }, 60_000);

  it('is written only where a person is needed, in a replay', async () => {
    expect(await writes(Listing.Waiting)).toEqual([...WAITS, 'done Aborted']);
  }, 60_000);
});
