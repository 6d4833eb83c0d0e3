import { Connection } from '@temporalio/client';
import { SearchAttribute } from '../../schemas/search-attribute.ts';
import { launchTaskQueue, TaskQueue } from '../../schemas/task-queue.ts';
import { defaultLauncher } from '../defaults.ts';
import type { Verdict } from './finding.ts';
import { fail, ok, warn } from './finding.ts';

/** Where a Temporal server is asked. */
export interface TemporalAddress {
  readonly temporalAddress: string;
  readonly namespace: string;
}

const CONNECT_MS = 5_000;
/** `TaskQueueType` of Temporal's API, whose enum is in no package that we depend on. */
const WORKFLOW_QUEUE = 1;
const ACTIVITY_QUEUE = 2;

/** Server, namespace and search attributes. Adds none: the commands that start the loop do. */
export function lookAtTemporal(address: TemporalAddress): Promise<Verdict> {
  return withConnection(address, async (connection) => {
    const { namespace, temporalAddress } = address;
    const { serverVersion } = await connection.workflowService.getSystemInfo({});
    await connection.workflowService.describeNamespace({ namespace });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    const missing = Object.values(SearchAttribute).filter((name) => !(name in customAttributes));
    const text = `server ${serverVersion} at ${temporalAddress}, namespace ${namespace}`;
    return missing.length === 0
      ? ok(text)
      : warn(
          `${text} lacks the search attributes ${missing.join(', ')}`,
          'start the loop once: `strategy-loop up` adds them',
        );
  });
}

/** Whether each task queue has somebody who takes work from it. */
export function lookAtWorkers(address: TemporalAddress): Promise<Verdict> {
  return withConnection(address, async (connection) => {
    const queues = [
      { name: TaskQueue.Workflows, taskQueueType: WORKFLOW_QUEUE },
      { name: TaskQueue.Store, taskQueueType: ACTIVITY_QUEUE },
      { name: launchTaskQueue(defaultLauncher()), taskQueueType: ACTIVITY_QUEUE },
    ];
    const polled = await Promise.all(
      queues.map(async ({ name, taskQueueType }) => {
        const { pollers } = await connection.workflowService.describeTaskQueue({
          namespace: address.namespace,
          taskQueue: { name },
          // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
          taskQueueType,
        });
        return { name, pollers: pollers.length };
      }),
    );
    const idle = polled.filter(({ pollers }) => pollers === 0).map(({ name }) => name);
    return idle.length === 0
      ? ok(polled.map(({ name, pollers }) => `${name} ${String(pollers)}`).join(', '))
      : fail(
          `nobody takes work from ${idle.join(', ')}`,
          'see logs/worker.log; start a worker with `strategy-loop up`',
        );
  });
}

async function withConnection(
  { temporalAddress: address }: TemporalAddress,
  ask: (connection: Connection) => Promise<Verdict>,
): Promise<Verdict> {
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: CONNECT_MS });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return fail(
      `nothing answers at ${address}: ${reason}`,
      'start the server, or correct or unset TEMPORAL_ADDRESS',
    );
  }
  try {
    return await connection.withDeadline(Date.now() + 2 * CONNECT_MS, () => ask(connection));
  } finally {
    await connection.close();
  }
}
