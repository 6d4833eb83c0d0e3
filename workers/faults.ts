import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { uptimeMs } from '../adapters/launchers/process-table.ts';
import type { PreparedJob } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';

/**
 * Where a worker can be told to die, for the tests that kill it: `<stage>.<fault point>`, or
 * `<activity>.start` and `<activity>.after-commit` for an activity that belongs to no stage alone.
 */
export type FaultPoint = 'start' | 'mid-job' | 'after-result' | 'after-commit';

/** The activities of each stage at which its fault points lie. */
const STAGE_ACTIVITIES: ReadonlyMap<
  string,
  { readonly prepare: string; readonly launch: string; readonly ingest: string }
> = new Map([
  [Stage.Collect, { prepare: 'prepareCollect', launch: 'launchCollect', ingest: 'ingestCollect' }],
  [Stage.Trade, { prepare: 'prepareTrade', launch: 'launchTrade', ingest: 'ingestTrade' }],
  [Stage.Analyze, { prepare: 'prepareAnalyze', launch: 'launchAnalyze', ingest: 'ingestAnalyze' }],
  [Stage.Retrain, { prepare: 'prepareRetrain', launch: 'launchRetrain', ingest: 'ingestRetrain' }],
  [
    Stage.RollOut,
    { prepare: 'proposeChallenger', launch: 'launchEvaluate', ingest: 'publishChallenger' },
  ],
]);

/** The shell that leads a job takes less than this, and the job's own program more. */
const PROGRAM_BYTES_MIN = 16 * 1024 * 1024;
/** How often the job is looked at while we wait for it to be at work. */
const LOOK_MS = 5;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives before anything else can run; this only tells the compiler so.
  throw new Error('killed');
}

/** Dies as soon as the job's own process is up, and leaves a line that says which job and when. */
async function dieMidJob(launcher: Launcher, { jobName }: PreparedJob): Promise<never> {
  for (;;) {
    const job = await launcher.observe(jobName);
    if (job.phase === 'ended') throw new Error(`job ${jobName} ended before its worker could die`);
    if (job.phase === 'running' && job.memoryBytes > PROGRAM_BYTES_MIN) {
      writeSync(1, `${JSON.stringify({ killedMidJob: jobName, uptimeMs: uptimeMs() })}\n`);
      die();
    }
    await sleep(LOOK_MS);
  }
}

/**
 * Kills this process with SIGKILL at one named point, e.g. `trade.after-commit`: the database has
 * committed, and Temporal does not know it yet.
 */
export function faultInterceptor(point: string, launcher: Launcher): ActivityInterceptorsFactory {
  const [place, where] = point.split('.') as [string, FaultPoint];
  const names = STAGE_ACTIVITIES.get(place) ?? { prepare: place, launch: '', ingest: place };
  return (context) => ({
    inbound: {
      async execute(
        input: ActivityExecuteInput,
        next: Next<ActivityInboundCallsInterceptor, 'execute'>,
      ): Promise<unknown> {
        const name = context.info.activityType;
        if (where === 'start' && name === names.prepare) die();
        if (where === 'mid-job' && name === names.launch) {
          // The activity works on beside; it is as dead as we are when the job is at work.
          const [, job] = input.args as [string, PreparedJob];
          return Promise.race([next(input), dieMidJob(launcher, job)]);
        }
        const result = await next(input);
        if (where === 'after-result' && name === names.launch) die();
        if (where === 'after-commit' && name === names.ingest) die();
        return result;
      },
    },
  });
}
