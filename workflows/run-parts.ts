import { ApplicationFailure } from '@temporalio/workflow';
import { FailureType } from '../schemas/failure-type.ts';
import type { FinishedJob, PreparedJob, PreparedParts } from '../schemas/payload.ts';
import { causeOf } from './failure.ts';
import type { Cause } from './failure.ts';
import type { StageContext } from './stage-context.ts';

type FailedPart = Cause & { readonly jobName: string; readonly part: number };

/** Failures after which a stage goes on without a person. */
const PASSING: readonly string[] = [FailureType.InfrastructureLost, FailureType.JobOutOfMemory];

/**
 * Runs jobs of one stage side by side, so many at once. A part that fails does not stop the others,
 * and what is found is booked at once: when the stage is tried again only the failed parts run.
 *
 * @param launch runs one part with the stage's own activity; parts are counted from 1.
 * @returns what the parts found, in their order.
 * @throws {ApplicationFailure} with the cause of one failed part, when the others are done; one that a
 *   person has to look at before one that passes.
 */
export async function runParts(
  { store }: Pick<StageContext, 'store'>,
  { parts, atOnce }: PreparedParts,
  launch: (job: PreparedJob, part: number) => Promise<FinishedJob>,
): Promise<FinishedJob[]> {
  const found = new Map<number, FinishedJob>();
  const failed: FailedPart[] = [];
  const waiting = [...parts.entries()];

  async function runOne(index: number, job: PreparedJob): Promise<void> {
    try {
      const finished = await launch(job, index + 1);
      await store.recordPart.executeWithOptions({ summary: partText(index + 1) }, [finished]);
      found.set(index, finished);
    } catch (error) {
      const cause = causeOf(error);
      if (cause === null) throw error;
      failed.push({ ...cause, jobName: job.jobName, part: index + 1 });
    }
  }

  async function runWaiting(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, prepared] = next;
      if (prepared.kind === 'finished') found.set(index, prepared.finished);
      else await runOne(index, prepared.job);
    }
  }

  const partText = (part: number): string => `part ${String(part)} of ${String(parts.length)}`;
  await Promise.all(Array.from({ length: atOnce }, runWaiting));
  failed.sort((left, right) => left.part - right.part);
  const told = failed.find(({ type }) => !PASSING.includes(type)) ?? failed[0];
  if (told === undefined) return parts.flatMap((_, index) => found.get(index) ?? []);
  for (const { part, type, message, jobName, logSha256 } of failed) {
    if (jobName === told.jobName) continue;
    await store.recordFailedPart.executeWithOptions(
      { summary: `${partText(part)} failed: ${message}`.slice(0, 200) },
      [{ type, message, jobName, logSha256 }],
    );
  }
  throw failureOf(told, `${partText(told.part)}; ${countText(failed.length, found.size)}`);
}

function countText(failed: number, found: number): string {
  return `${String(failed)} failed, ${String(found)} done and kept`;
}

/** The failure of the stage: the cause of one part, and how the others did. */
function failureOf({ type, message, ...details }: FailedPart, others: string): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: `${message} (${others})`,
    nonRetryable: true,
    details: [details],
  });
}
