import type { JobSettings } from '../schemas/job-settings.ts';
import { DEFAULT_JOB_LIMITS } from '../schemas/payload.ts';
import type { JobLimits } from '../schemas/payload.ts';
import type { Stage } from '../schemas/stage.ts';

const GROWTH = 2;
const SECOND_MS = 1000;

/**
 * Limits of a job of one strategy in one stage: the stage's own settings, then the strategy's, then
 * those of every job.
 *
 * @param hasRunOut whether an earlier attempt ran out of memory.
 */
export function jobLimits(
  settings: JobSettings | undefined,
  stage: Stage,
  hasRunOut: boolean,
): JobLimits {
  const { stages, ...general } = settings ?? {};
  const own = { ...general, ...stages?.[stage] };
  const memoryMib = own.memoryMib ?? DEFAULT_JOB_LIMITS.memoryMib;
  const memoryMibMax = own.memoryMibMax ?? memoryMib * GROWTH;
  return {
    ...DEFAULT_JOB_LIMITS,
    memoryMib: hasRunOut
      ? Math.max(memoryMib, Math.min(memoryMib * GROWTH, memoryMibMax))
      : memoryMib,
    ...(own.deadlineSeconds === undefined ? {} : { deadlineMs: own.deadlineSeconds * SECOND_MS }),
  };
}
