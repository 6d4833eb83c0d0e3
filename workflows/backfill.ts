import {
  continueAsNew,
  defineQuery,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { Message } from '../schemas/message.ts';
import { Listing } from '../schemas/payload.ts';
import type { BackfillInput, BackfillWindow } from '../schemas/payload.ts';
import type { Window } from '../schemas/window.ts';
import { openRooms } from './activities.ts';
import type { Rooms } from './activities.ts';
import { makeFirstRelease } from './first-release.ts';
import { readBackfillInput } from './input.ts';
import { readFeed } from './read-feed.ts';
import { runCycle } from './start-cycle.ts';

export interface BackfillStatus {
  /** Cycles that this back-fill has run. */
  readonly ran: number;
  readonly window: Window | null;
}

const backfillStatusQuery = defineQuery<BackfillStatus>(Message.BackfillStatus.name);

/** Somebody else runs the window: how long until it is looked at again. */
const OTHERS_PAUSE_MS = 2000;

/**
 * Runs every past window of a strategy that has bars and has not run yet, oldest first. What is done
 * is in the store, so starting it again goes on where it was stopped, and does nothing when all is
 * done.
 *
 * @returns how many cycles it has run.
 */
export async function backfill(startInput: BackfillInput): Promise<number> {
  const input = readBackfillInput(startInput);
  const rooms = openRooms(input.launcher, input.timing);
  let { ran } = input;
  let window: Window | null = null;
  setHandler(backfillStatusQuery, () => ({ ran, window }), {
    description: Message.BackfillStatus.description,
  });
  if (!input.isReady) await makeReady(input, rooms);
  for (;;) {
    const next = await rooms.store.nextBackfillWindow.executeWithOptions(
      { summary: 'which window comes next?' },
      [input],
    );
    if (next === null) return ran;
    ({ window } = next);
    setCurrentDetails(`${String(ran)} cycles done; now ${window.from} to ${window.to}`);
    if (await runNext(input, next)) ran += 1;
    if (workflowInfo().historyLength >= input.historyLengthMax) {
      await continueAsNew<typeof backfill>({ ...input, isReady: true, ran });
    }
  }
}

/** Without bars it is not known which windows have any; without a release nothing trades. */
async function makeReady(input: BackfillInput, rooms: Rooms): Promise<void> {
  await readFeed(rooms, input);
  const trainWindow = await rooms.store.firstTrainWindow.executeWithOptions(
    { summary: 'is there a release to trade with?' },
    [input],
  );
  if (trainWindow !== null) await makeFirstRelease(input, trainWindow);
}

/** @returns false when somebody else runs the window. */
async function runNext(
  { strategyId, seed, launcher, actor, timing }: BackfillInput,
  { window, isLast }: BackfillWindow,
): Promise<boolean> {
  try {
    await runCycle({
      strategyId,
      window,
      clock: 'replay',
      listing: Listing.Waiting,
      seed,
      launcher,
      actor,
      timing,
      isFeedRead: true,
      alwaysAnalyze: isLast,
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    log.info('somebody else runs the window', { strategyId, ...window });
    await sleep(OTHERS_PAUSE_MS);
    return false;
  }
}
