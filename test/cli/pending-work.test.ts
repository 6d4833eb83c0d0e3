import type { Session } from '../../cli/session.ts';
import { tellPendingWork } from '../../cli/pending-work.ts';
import { until } from '../support/loop.ts';

type Watching = Parameters<typeof tellPendingWork>[0];

interface Pending {
  readonly failure?: string;
  readonly waitedMs?: number;
  readonly wasStarted?: boolean;
  readonly pollers?: number;
  /** What the command follows; `replay/a` has started `cycle/a`. */
  readonly root?: string;
  /** The workflow with the pending activity; nobody else has one. */
  readonly at?: string;
}

interface Asked {
  readonly execution: { readonly workflowId: string };
}

/** A session whose one workflow has a child with one pending activity, as Temporal describes them. */
function aSession(pending: Pending): Watching {
  const { failure, waitedMs = 0, wasStarted = false, pollers = 0 } = pending;
  const { root = 'replay/a', at = 'cycle/a' } = pending;
  const seconds = Math.floor((Date.now() - waitedMs) / 1000);
  const activity = {
    activityId: '7',
    activityType: { name: 'launchCollect' },
    lastFailure: failure === undefined ? null : { message: failure },
    scheduledTime: { seconds },
    lastStartedTime: wasStarted ? { seconds } : null,
  };
  const events = [
    { activityTaskScheduledEventAttributes: { activityId: '6', taskQueue: { name: 'other' } } },
    { activityTaskScheduledEventAttributes: { activityId: '7', taskQueue: { name: 'launch-x' } } },
  ];
  const client = {
    workflowService: {
      describeWorkflowExecution: ({ execution: { workflowId } }: Asked) =>
        [root, 'cycle/a', at].includes(workflowId)
          ? Promise.resolve({
              pendingActivities: workflowId === at ? [activity] : [],
              pendingChildren: workflowId === 'replay/a' ? [{ workflowId: 'cycle/a' }] : [],
            })
          : Promise.reject(new Error('workflow not found')),
      describeTaskQueue: () => Promise.resolve({ pollers: Array.from({ length: pollers }) }),
    },
    workflow: { getHandle: () => ({ fetchHistory: () => Promise.resolve({ events }) }) },
  };
  return {
    client: client as unknown as Session['client'],
    stack: { namespace: 'default' } as Session['stack'],
    watched: new Set([root]),
    whileOpen: (call) => call(),
  };
}

/** What is told within two looks. */
async function toldOf(pending: Pending): Promise<string[]> {
  const told: string[] = [];
  const over = new AbortController();
  const session = aSession(pending);
  let looks = 0;
  const counting: Watching = {
    ...session,
    whileOpen: (call) => {
      looks += 1;
      return session.whileOpen(call);
    },
  };
  const watching = tellPendingWork(counting, (text) => told.push(text), over.signal, 5);
  await until('it has looked twice', () => Promise.resolve(looks >= 6), 5000);
  over.abort();
  await watching;
  return told;
}

describe('tellPendingWork', () => {
  it('tells once why a step of what was started is tried again', async () => {
    expect(await toldOf({ failure: 'the engine does not answer' })).toEqual([
      'cycle/a: launchCollect fails and is tried again until it succeeds: the engine does not answer',
    ]);
  });

  it("tells it of the roll-out that a cycle waits for, which is no cycle's child", async () => {
    const failure = 'the engine does not answer';

    expect(await toldOf({ failure, root: 'cycle/a/2012', at: 'rollout/a' })).toEqual([
      'rollout/a: launchCollect fails and is tried again until it succeeds: the engine does not answer',
    ]);
    expect(await toldOf({ failure, root: 'cycle/b/2012', at: 'rollout/a' })).toEqual([]);
  });

  it('names the queue that nobody takes work from', async () => {
    const [text, ...more] = await toldOf({ waitedMs: 30_000 });

    expect(text).toContain(
      'cycle/a: launchCollect waits, because nobody takes work from the queue launch-x',
    );
    expect(more).toEqual([]);
  });

  it.each([
    ['is new', {}],
    ['waits for a worker that is busy', { waitedMs: 30_000, pollers: 1 }],
    ['is at work', { waitedMs: 30_000, wasStarted: true }],
  ])('says nothing of a step that %s', async (_what, pending) => {
    expect(await toldOf(pending)).toEqual([]);
  });
});
