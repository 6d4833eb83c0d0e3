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
 * @param ranOutAtMib most memory with which an earlier attempt ran out of it; null when none did. A
 *   limit that was raised beyond it since is taken as it is.
 */
export function jobLimits(
  settings: JobSettings | undefined,
  stage: Stage,
  ranOutAtMib: number | null,
): JobLimits {
  const { stages, ...general } = settings ?? {};
  const own = { ...general, ...stages?.[stage] };
  const memoryMib = own.memoryMib ?? DEFAULT_JOB_LIMITS.memoryMib;
  const memoryMibMax = own.memoryMibMax ?? memoryMib * GROWTH;
  return {
    ...DEFAULT_JOB_LIMITS,
    memoryMib:
      ranOutAtMib !== null && ranOutAtMib >= memoryMib
        ? Math.max(memoryMib, Math.min(memoryMib * GROWTH, memoryMibMax))
        : memoryMib,
    ...(own.deadlineSeconds === undefined ? {} : { deadlineMs: own.deadlineSeconds * SECOND_MS }),
  };
}
