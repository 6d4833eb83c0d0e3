import { jobLimits } from '../../activities/job-limits.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import { Stage } from '../../schemas/stage.ts';

const memoryOf = (...input: Parameters<typeof jobLimits>) => jobLimits(...input).memoryMib;

describe('jobLimits', () => {
  it('are those of every job where a strategy says nothing', () => {
    expect(jobLimits(undefined, Stage.Trade, false)).toEqual(DEFAULT_JOB_LIMITS);
    expect(jobLimits({ stages: {} }, Stage.Trade, false)).toEqual(DEFAULT_JOB_LIMITS);
  });

  it("takes the stage's own before the strategy's", () => {
    const settings = {
      memoryMib: 512,
      deadlineSeconds: 60,
      stages: { retrain: { memoryMib: 4096 } },
    };

    expect(jobLimits(settings, Stage.Retrain, false)).toEqual({
      ...DEFAULT_JOB_LIMITS,
      memoryMib: 4096,
      deadlineMs: 60_000,
    });
    expect(memoryOf(settings, Stage.Trade, false)).toBe(512);
  });

  it('doubles the memory of a job that ran out of it, as far as the settings go', () => {
    expect(memoryOf(undefined, Stage.Trade, true)).toBe(2 * DEFAULT_JOB_LIMITS.memoryMib);
    expect(memoryOf({ memoryMib: 512, memoryMibMax: 600 }, Stage.Trade, true)).toBe(600);
    expect(memoryOf({ memoryMib: 512, memoryMibMax: 512 }, Stage.Trade, true)).toBe(512);
    // A maximum below the limit is no reason to give less than before.
    expect(memoryOf({ memoryMib: 512, memoryMibMax: 100 }, Stage.Trade, true)).toBe(512);
  });
});
