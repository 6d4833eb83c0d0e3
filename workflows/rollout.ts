import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import { Message } from '../schemas/message.ts';
import type { Proposal, RolloutInput, RolloutVerdict } from '../schemas/payload.ts';
import { jobOptions, openRooms } from './activities.ts';
import { finishJob } from './finish-job.ts';
import { readProposal, readRolloutInput } from './input.ts';

export const proposeUpdate = defineUpdate<RolloutVerdict, [Proposal]>(Message.Propose.name);

export interface RolloutStatus {
  readonly judging: string | null;
  readonly waiting: number;
  readonly judged: number;
  readonly last: RolloutVerdict | null;
}

export const rolloutStatusQuery = defineQuery<RolloutStatus>(Message.RolloutStatus.name);

interface Entry {
  readonly proposal: Proposal;
  verdict: RolloutVerdict | null;
  failure: ApplicationFailure | null;
}

/**
 * The rollout of one strategy: an entity that judges challengers one after another and is the only
 * writer of the strategy's channel. Gate, then all at once; while one challenger is judged the
 * newest other one waits and an older waiting one is superseded.
 */
export async function rollout(startInput: RolloutInput): Promise<void> {
  const input = readRolloutInput(startInput);
  let judging: Entry | null = null;
  /** At most one challenger waits: the newest. */
  const queue: Entry[] = [];
  let judged = 0;
  let last: RolloutVerdict | null = null;

  setHandler(
    proposeUpdate,
    async (proposal) => {
      const entry: Entry = { proposal, verdict: null, failure: null };
      for (const older of queue.splice(0)) older.verdict = supersededBy(proposal);
      queue.push(entry);
      await condition(() => entry.verdict !== null || entry.failure !== null);
      if (entry.failure !== null) throw entry.failure;
      return entry.verdict as unknown as RolloutVerdict;
    },
    {
      description: Message.Propose.description,
      validator: (proposal) => {
        readProposal(proposal, input.strategyId);
      },
    },
  );
  setHandler(
    rolloutStatusQuery,
    () => ({
      judging: judging?.proposal.challengerId ?? null,
      waiting: queue.length,
      judged: input.judged + judged,
      last,
    }),
    { description: Message.RolloutStatus.description },
  );

  for (;;) {
    await condition(() => queue.length > 0 || judged >= input.judgedPerRunMax);
    const entry = queue.shift();
    if (entry === undefined) {
      await condition(() => allHandlersFinished() || queue.length > 0);
      if (queue.length > 0) continue;
      await continueAsNew<typeof rollout>({ ...input, judged: input.judged + judged });
      return;
    }
    judging = entry;
    setCurrentDetails(`judging ${entry.proposal.challengerId.slice(0, 12)}`);
    try {
      entry.verdict = await judge(entry.proposal);
      last = entry.verdict;
    } catch (error) {
      entry.failure = asFailure(error);
    }
    judging = null;
    judged += 1;
    setCurrentDetails(
      last === null ? '' : `last verdict: **${last.outcome}**, ${last.reason.slice(0, 300)}`,
    );
  }
}

/** Evidence by a job, verdict by the stored policy, then the publication. */
async function judge(proposal: Proposal): Promise<RolloutVerdict> {
  const { store, launch } = openRooms(proposal.launcher, proposal.timing);
  const prepared = await store.prepareEvaluate.executeWithOptions(
    { summary: `challenger ${proposal.challengerId.slice(0, 12)} and its champion` },
    [proposal],
  );
  if (prepared.kind === 'decided') return prepared.verdict;
  const finished = await finishJob(prepared, (job) =>
    launch.launchEvaluate.executeWithOptions(jobOptions(job, 'walk both over the held-out bars'), [
      proposal.cycle.cycleId,
      job,
    ]),
  );
  const gate = await store.judgeChallenger
    .executeWithOptions({ summary: 'apply the gate policy' }, [proposal, finished])
    .catch((error: unknown) => {
      throw withJob(error, finished?.jobName ?? null);
    });
  if (gate.verdict !== 'pass') {
    return {
      outcome: 'kept',
      reason: gate.reason,
      version: null,
      releaseId: proposal.challengerId,
    };
  }
  return store.publishChallenger.executeWithOptions({ summary: 'publish, all at once' }, [
    proposal,
    gate.reason,
  ]);
}

function supersededBy(proposal: Proposal): RolloutVerdict {
  return {
    outcome: 'superseded',
    reason: `a newer challenger of ${proposal.cycle.cycleId} took its place in the queue`,
    version: null,
    releaseId: null,
  };
}

/** The failure of an activity as the proposer gets it: same type, same words, same details. */
function asFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) return asRefusal(cause, cause.details ?? []);
  return ApplicationFailure.create({
    type: FailureType.InfrastructureUnavailable,
    message: error instanceof Error ? error.message : String(error),
    nonRetryable: true,
  });
}

/** Books a refused result to the job that made it. */
function withJob(error: unknown, jobName: string | null): unknown {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) {
    return error;
  }
  return asRefusal(error.cause, [{ jobName }]);
}

function asRefusal(failure: ApplicationFailure, details: unknown[]): ApplicationFailure {
  return ApplicationFailure.create({
    type: failure.type ?? FailureType.Bug,
    message: failure.message,
    nonRetryable: true,
    details,
  });
}
