import type { WorkflowHandle } from '@temporalio/client';
import { readWaiting } from '../adapters/postgres/waiting.ts';
import { countCompleted, tradedWindows } from '../adapters/postgres/windows.ts';
import { counted, countedAre } from '../schemas/counted.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { backfillId, cycleId } from '../schemas/ids.ts';
import { DEFAULT_TIMING } from '../schemas/payload.ts';
import type { BackfillInput } from '../schemas/payload.ts';
import { stepOf } from '../schemas/window.ts';
import { CommandError } from './command-error.ts';
import { fixed } from './output.ts';
import type { Output } from './output.ts';
import { replayError, waitingError } from './replay.ts';
import { rideOut } from './ride-out.ts';
import type { Session } from './session.ts';
import { findOverlap, readWindowCounts } from './window-counts.ts';
import type { WindowCounts } from './window-counts.ts';
import { startOrJoin } from './start-or-join.ts';
import { strategyLabels } from './workflow-labels.ts';
import { defaultLauncher } from './defaults.ts';

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
 * @returns how many cycles were completed meanwhile; those of an interrupted command do not count.
 * @throws {CommandError} when days of a window were traded in one of another length, as soon as a
 *   cycle waits for a person, or when the back-fill fails.
 */
export async function runBackfill(
  session: Session,
  request: BackfillRequest,
  output: Output,
): Promise<number> {
  const { pool } = session;
  await refuseOtherLengths(session, request);
  const completedBefore = await countCompleted(pool, request.strategyId, request);
  await followBackfill(session, await startBackfill(session, request), { request, output });
  return (await countCompleted(pool, request.strategyId, request)) - completedBefore;
}

/** A day is traded once: windows of another length would leave days out, or trade them again. */
async function refuseOtherLengths(session: Session, request: BackfillRequest): Promise<void> {
  const { strategyId, from, step } = request;
  const { missing } = await readBackfillCounts(session, request);
  const traded = await tradedWindows(session.pool, strategyId);
  const overlap = findOverlap(missing, traded);
  if (overlap === null) return;
  const { window } = overlap;
  const length = stepOf(overlap.traded);
  throw new CommandError(
    CommandExitCode.BadInput,
    `--every ${step}: the window ${window.from} to ${window.to}, counted from --from ${from}, overlaps ` +
      `${cycleId(strategyId, overlap.traded)}, which has traded, and a day is traded once. Use windows ` +
      `of that length${length === null ? '' : ` (--every ${length})`}, or begin at ` +
      `${traded.at(-1)?.to ?? ''}, where the last window that has traded ends.`,
  );
}

async function followBackfill(
  session: Session,
  handle: WorkflowHandle,
  { request, output }: { readonly request: BackfillRequest; readonly output: Output },
): Promise<void> {
  const state = { isOver: false };
  const result = session
    .whileOpen(() => handle.result())
    .finally(() => {
      state.isOver = true;
      session.watched.delete(handle.workflowId);
    });
  result.catch(() => undefined);
  const tell = await progressOf(session, request, output);
  while (!state.isOver) {
    const [waiting] = await rideOut(() => readWaiting(session.pool, request.strategyId));
    if (waiting !== undefined) throw waitingError(waiting, session);
    await rideOut(tell);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  try {
    await result;
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
    output.note(`${request.strategyId}: ${countedAre(before, 'window')} kept from before`);
  }
  const startedAt = Date.now();
  let toldAt = startedAt;
  return async () => {
    if (Date.now() - toldAt < TELL_EVERY_MS) return;
    toldAt = Date.now();
    const { completed, expected } = await readBackfillCounts(session, request);
    const done = completed - before;
    // Before the first one is done nobody knows how long they take, nor, before the feed has been
    // read, how many there are.
    const rate = done === 0 ? '' : `, ${fixed((toldAt - startedAt) / 1000 / done)} s each`;
    const what =
      expected === 0
        ? 'reading the feed'
        : `${String(completed)} of ${counted(expected, 'window')}`;
    output.note(`${request.strategyId}: ${what}${rate}`);
  };
}

async function startBackfill(session: Session, request: BackfillRequest): Promise<WorkflowHandle> {
  const { strategyId, from, to, step, trainFrom, seed, actor } = request;
  const input: BackfillInput = {
    ...{ strategyId, from, to, step, trainFrom, seed, actor },
    launcher: defaultLauncher(),
    timing: DEFAULT_TIMING,
    isReady: false,
    ran: 0,
    historyLengthMax: HISTORY_LENGTH_MAX,
  };
  const workflowId = backfillId(strategyId);
  const wanted = `${from} to ${to} every ${step}, seed ${String(seed)}`;
  return startOrJoin(session, {
    workflow: 'backfill',
    workflowId,
    input,
    wanted,
    labels: strategyLabels(strategyId, `${strategyId}: back-fill ${wanted}`),
    refusal: (running) =>
      `${workflowId} still runs over ${running}, not ${wanted}. Let the same command finish it first, or stop it with \`strategy-loop run stop ${workflowId}\`.`,
  });
}
