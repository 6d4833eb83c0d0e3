import { jobLimits } from '../../activities/job-limits.ts';
import { DEFAULT_JOB_LIMITS } from '../../schemas/payload.ts';
import { Stage } from '../../schemas/stage.ts';

const memoryOf = (...input: Parameters<typeof jobLimits>) => jobLimits(...input).memoryMib;

describe('jobLimits', () => {
  it('are those of every job where a strategy says nothing', () => {
    expect(jobLimits(undefined, Stage.Trade, null)).toEqual(DEFAULT_JOB_LIMITS);
    expect(jobLimits({ stages: {} }, Stage.Trade, null)).toEqual(DEFAULT_JOB_LIMITS);
  });

  it("takes the stage's own before the strategy's", () => {
    const settings = {
      memoryMib: 512,
      deadlineSeconds: 60,
      stages: { retrain: { memoryMib: 4096 } },
    };

    expect(jobLimits(settings, Stage.Retrain, null)).toEqual({
      ...DEFAULT_JOB_LIMITS,
      memoryMib: 4096,
      deadlineMs: 60_000,
    });
    expect(memoryOf(settings, Stage.Trade, null)).toBe(512);
  });

  it('doubles the memory of a job that ran out of it, as far as the settings go', () => {
    const { memoryMib } = DEFAULT_JOB_LIMITS;
    expect(memoryOf(undefined, Stage.Trade, memoryMib)).toBe(2 * memoryMib);
    expect(memoryOf({ memoryMib: 512, memoryMibMax: 600 }, Stage.Trade, 512)).toBe(600);
    expect(memoryOf({ memoryMib: 512, memoryMibMax: 512 }, Stage.Trade, 512)).toBe(512);
    // A maximum below the limit is no reason to give less than before.
    expect(memoryOf({ memoryMib: 512, memoryMibMax: 100 }, Stage.Trade, 512)).toBe(512);
  });

  it('takes a limit that a person has raised since as it is', () => {
    expect(memoryOf({ memoryMib: 4096 }, Stage.Trade, 2048)).toBe(4096);
    expect(memoryOf({ memoryMib: 4096 }, Stage.Trade, 4096)).toBe(8192);
  });
});
