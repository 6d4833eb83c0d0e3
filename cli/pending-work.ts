import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { rolloutId } from '../schemas/ids.ts';
import type { Session } from './session.ts';

/** So soon a failure is told. */
const LOOK_EVERY_MS = 3000;
/** A worker that is there takes an activity within milliseconds, unless it is busy. */
const UNTAKEN_MS_MAX = 10_000;
/** A loop, a cycle of it, and its first retrain. */
const DEPTH_MAX = 3;

type Described = Awaited<ReturnType<Client['workflowService']['describeWorkflowExecution']>>;
type PendingActivity = NonNullable<Described['pendingActivities']>[number];

/**
 * Tells what a command waits for, when that is neither work nor a person: a step that fails and is
 * tried again without end, as Temporal does while a server is away, or one that no worker takes.
 * Each reason is told once. Looked at are the workflows that the command follows, what they started,
 * and the roll-outs of their strategies.
 */
export async function tellPendingWork(
  session: Pick<Session, 'client' | 'stack' | 'watched' | 'whileOpen'>,
  note: (text: string) => void,
  signal: AbortSignal,
  everyMs: number = LOOK_EVERY_MS,
): Promise<void> {
  const told = new Set<string>();
  const isOver = (): Promise<boolean> =>
    sleep(everyMs, undefined, { signal }).then(
      () => false,
      () => true,
    );
  while (!(await isOver())) {
    // While Temporal itself is away, whoever reads results says so; a roll-out may not be there yet.
    const roots = new Set([...session.watched].flatMap((id) => [id, ...rolloutOf(id)]));
    const texts = await Promise.all(
      [...roots].map((id) => lookInto(session, id, 1).catch(() => [])),
    );
    for (const text of new Set(texts.flat())) {
      if (told.has(text)) continue;
      told.add(text);
      note(text);
    }
  }
}

/** A strategy's roll-out is no child of the cycles that wait for it. */
function rolloutOf(workflowId: string): string[] {
  const [, strategyId] = /^(?:cycle|retrain|replay|backfill)\/([^/]+)/.exec(workflowId) ?? [];
  return strategyId === undefined ? [] : [rolloutId(strategyId)];
}

async function lookInto(
  session: Pick<Session, 'client' | 'stack' | 'whileOpen'>,
  workflowId: string,
  depth: number,
): Promise<string[]> {
  const { client, stack } = session;
  const { pendingActivities, pendingChildren } = await session.whileOpen(() =>
    client.workflowService.describeWorkflowExecution({
      namespace: stack.namespace,
      execution: { workflowId },
    }),
  );
  const own = await Promise.all(
    pendingActivities.map((activity) => textOf(session, workflowId, activity)),
  );
  const children = depth < DEPTH_MAX ? pendingChildren : [];
  const below = await Promise.all(
    children.map((child) => lookInto(session, child.workflowId ?? '', depth + 1)),
  );
  return [...own.filter((text) => text !== null), ...below.flat()];
}

async function textOf(
  session: Pick<Session, 'client' | 'stack' | 'whileOpen'>,
  workflowId: string,
  activity: PendingActivity,
): Promise<string | null> {
  const name = activity.activityType?.name ?? 'a step';
  const message = activity.lastFailure?.message ?? '';
  if (message !== '') {
    return `${workflowId}: ${name} fails and is tried again until it succeeds: ${message}`;
  }
  if (!isUntaken(activity)) return null;
  const queue = await queueOf(session, workflowId, activity.activityId ?? '');
  if (queue === null || (await hasWorker(session, queue))) return null;
  return (
    `${workflowId}: ${name} waits, because nobody takes work from the queue ${queue}. ` +
    'Start a worker for it; `strategy-loop up --image …` keeps one that runs jobs in containers'
  );
}

/** One that was started has a worker. */
function isUntaken({ scheduledTime, lastStartedTime }: PendingActivity): boolean {
  const waitedMs = Date.now() - Number(scheduledTime?.seconds ?? 0) * 1000;
  return (lastStartedTime ?? null) === null && waitedMs > UNTAKEN_MS_MAX;
}

/** Only the history tells it. */
async function queueOf(
  { client, whileOpen }: Pick<Session, 'client' | 'whileOpen'>,
  workflowId: string,
  activityId: string,
): Promise<string | null> {
  const history = await whileOpen(() => client.workflow.getHandle(workflowId).fetchHistory());
  const scheduled = (history.events ?? []).find(
    (event) => event.activityTaskScheduledEventAttributes?.activityId === activityId,
  );
  return scheduled?.activityTaskScheduledEventAttributes?.taskQueue?.name ?? null;
}

/** `TaskQueueType` of Temporal's API, whose enum is in no package that we depend on. */
const ACTIVITY_QUEUE = 2;

async function hasWorker(
  { client, stack, whileOpen }: Pick<Session, 'client' | 'stack' | 'whileOpen'>,
  name: string,
): Promise<boolean> {
  const { pollers } = await whileOpen(() =>
    client.workflowService.describeTaskQueue({
      namespace: stack.namespace,
      taskQueue: { name },
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
      taskQueueType: ACTIVITY_QUEUE,
    }),
  );
  return pollers.length > 0;
}
