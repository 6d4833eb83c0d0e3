import {
  continueAsNew,
  defineQuery,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { cycleId } from '../schemas/ids.ts';
import { Message } from '../schemas/message.ts';
import { Listing } from '../schemas/payload.ts';
import type { CycleRef, ReplayLoopInput } from '../schemas/payload.ts';
import { windowAt } from '../schemas/window.ts';
import type { Window } from '../schemas/window.ts';
import { openRooms } from './activities.ts';
import type { Rooms } from './activities.ts';
import { makeFirstRelease } from './first-release.ts';
import { readReplayInput } from './input.ts';
import { runCycle } from './start-cycle.ts';

export interface ReplayStatus {
  readonly done: number;
  readonly cycles: number;
  readonly window: Window | null;
}

export const replayStatusQuery = defineQuery<ReplayStatus>(Message.ReplayStatus.name);

/**
 * Runs cycles one after another over history, as fast as they go. Windows that completed before
 * are left alone, so an interrupted replay simply goes on when it is started again.
 */
export async function replayLoop(startInput: ReplayLoopInput): Promise<number> {
  const input = readReplayInput(startInput);
  const { cycles } = input;
  const rooms = openRooms(input.launcher, input.timing);
  let done = input.done;
  setHandler(
    replayStatusQuery,
    () => ({
      done,
      cycles,
      window: done < cycles ? windowAt(input.first, input.stepMonths, done) : null,
    }),
    { description: Message.ReplayStatus.description },
  );

  if (done === 0) await ensureRelease(input, rooms);
  while (done < cycles) {
    const window = windowAt(input.first, input.stepMonths, done);
    setCurrentDetails(
      `cycle ${String(done + 1)} of ${String(cycles)}: ${window.from} to ${window.to}`,
    );
    await runWindow(input, rooms, window);
    done += 1;
    if (done < cycles && workflowInfo().historyLength >= input.historyLengthMax) {
      await continueAsNew<typeof replayLoop>({ ...input, done });
    }
  }
  return done;
}

async function runWindow(input: ReplayLoopInput, rooms: Rooms, window: Window): Promise<void> {
  const { strategyId, seed, launcher, actor, timing } = input;
  const cycle: CycleRef = { cycleId: cycleId(strategyId, window), strategyId, window };
  const earlier = await rooms.store.findCompletedCycle.executeWithOptions(
    { summary: `has ${window.from} to ${window.to} run?` },
    [cycle, seed],
  );
  if (earlier !== null) return;
  const listing = Listing.Waiting;
  await runCycle({ strategyId, window, clock: 'replay', listing, seed, launcher, actor, timing });
}

/** Trains and publishes release 1 when the strategy has none. */
async function ensureRelease(input: ReplayLoopInput, rooms: Rooms): Promise<void> {
  const hasRelease = await rooms.store.hasRelease.executeWithOptions(
    { summary: 'is there a release to trade with?' },
    [input.strategyId],
  );
  if (!hasRelease) await makeFirstRelease(input, input.firstTrain);
}
