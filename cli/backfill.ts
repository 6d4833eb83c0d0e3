import type { WorkflowHandle } from '@temporalio/client';
import { readWaiting } from '../adapters/postgres/waiting.ts';
import { backfillId } from '../schemas/ids.ts';
import { DEFAULT_TIMING } from '../schemas/payload.ts';
import type { BackfillInput } from '../schemas/payload.ts';
import { LauncherKind } from '../schemas/task-queue.ts';
import { fixed } from './output.ts';
import type { Output } from './output.ts';
import { replayError, waitingError } from './replay.ts';
import type { Session } from './session.ts';
import { readWindowCounts } from './window-counts.ts';
import type { WindowCounts } from './window-counts.ts';
import { startOrJoin } from './start-or-join.ts';
import { strategyLabels } from './workflow-labels.ts';

/** Past windows of one strategy that are to run. */
export interface BackfillRequest {
  readonly strategyId: string;
  readonly seriesId: string;
  readonly from: string;
  readonly to: string;
  readonly step: string;
  readonly trainFrom: string | null;
  readonly seed: number;
  readonly actor: string;
}

const HISTORY_LENGTH_MAX = 2000;
const POLL_MS = 300;
const TELL_EVERY_MS = 2000;

/**
 * Runs a back-fill to its end, or goes on with the one that was interrupted.
 *
 * @returns how many cycles it ran, those of an interrupted command included.
 * @throws {CommandError} as soon as a cycle waits for a person, or when the back-fill fails.
 */
export async function runBackfill(
  session: Session,
  request: BackfillRequest,
  output: Output,
): Promise<number> {
  const handle = await startBackfill(session, request);
  if (!session.isOwner) {
    // Its worker is not ours, so what Ctrl-C ends here is only the looking on.
    process.once('SIGINT', () => {
      output.note(
        `the back-fill goes on in the stack that is up; \`temporal workflow cancel --workflow-id ${handle.workflowId} --address ${session.stack.temporalAddress}\` stops it after its cycle`,
      );
    });
  }
  const state = { isOver: false };
  const result = session
    .whileOpen(() => handle.result() as Promise<number>)
    .finally(() => {
      state.isOver = true;
    });
  result.catch(() => undefined);
  const tell = await progressOf(session, request, output);
  while (!state.isOver) {
    const [waiting] = await readWaiting(session.pool, request.strategyId);
    if (waiting !== undefined) throw waitingError(waiting, session.dataDirectory);
    await tell();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    return await result;
  } catch (error) {
    throw replayError(error);
  }
}

/** The windows of the back-fill, as far as bars are stored. */
export function readBackfillCounts(
  session: Session,
  request: BackfillRequest,
): Promise<WindowCounts> {
  return readWindowCounts(session.pool, request, request, request.step);
}

/** Tells every few seconds how far it is, and how long one window takes. */
async function progressOf(
  session: Session,
  request: BackfillRequest,
  output: Output,
): Promise<() => Promise<void>> {
  const { completed: before } = await readBackfillCounts(session, request);
  if (before > 0) {
    output.note(`${request.strategyId}: ${String(before)} windows are kept from before`);
  }
  const startedAt = Date.now();
  let toldAt = startedAt;
  return async () => {
    if (Date.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = Date.now();
    const { completed, expected } = await readBackfillCounts(session, request);
    const each = (toldAt - startedAt) / 1000 / Math.max(1, completed - before);
    output.note(
      `${request.strategyId}: ${String(completed)} of ${String(expected)} windows, ${fixed(each)} s each`,
    );
  };
}

async function startBackfill(
  { client }: Session,
  request: BackfillRequest,
): Promise<WorkflowHandle> {
  const { strategyId, from, to, step, trainFrom, seed, actor } = request;
  const input: BackfillInput = {
    ...{ strategyId, from, to, step, trainFrom, seed, actor },
    launcher: LauncherKind.Process,
    timing: DEFAULT_TIMING,
    isReady: false,
    ran: 0,
    historyLengthMax: HISTORY_LENGTH_MAX,
  };
  const workflowId = backfillId(strategyId);
  const wanted = `${from} to ${to} every ${step}, seed ${String(seed)}`;
  return startOrJoin(client, {
    workflow: 'backfill',
    workflowId,
    input,
    wanted,
    labels: strategyLabels(strategyId, `${strategyId}: back-fill ${wanted}`),
    refusal: (running) =>
      `${workflowId} still runs over ${running}, not ${wanted}. Let the same command finish it first.`,
  });
}
