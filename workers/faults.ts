import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptorsFactory,
  Next,
} from '@temporalio/worker';
import { Stage } from '../schemas/stage.ts';

/** Where a worker can be told to die, for the tests that kill it. */
export type FaultPoint = 'start' | 'mid-job' | 'after-result' | 'after-commit';

/** The activities of each stage at which its fault points lie. */
const STAGE_ACTIVITIES: Record<Stage, { prepare: string; launch: string; ingest: string }> = {
  [Stage.Collect]: { prepare: 'prepareCollect', launch: 'launchCollect', ingest: 'ingestCollect' },
  [Stage.Trade]: { prepare: 'prepareTrade', launch: 'launchTrade', ingest: 'ingestTrade' },
  [Stage.Analyze]: { prepare: 'prepareAnalyze', launch: 'launchAnalyze', ingest: 'ingestAnalyze' },
  [Stage.Retrain]: { prepare: 'prepareRetrain', launch: 'launchRetrain', ingest: 'ingestRetrain' },
  [Stage.RollOut]: {
    prepare: 'proposeChallenger',
    launch: 'launchEvaluate',
    ingest: 'publishChallenger',
  },
};

/** Long enough for the job's process to be up, short enough for it to be still at work. */
const MID_JOB_MS = 60;

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives before anything else can run; this only tells the compiler so.
  throw new Error('killed');
}

/**
 * Kills this process with SIGKILL at one named point, e.g. `trade.after-commit`: the database has
 * committed, and Temporal does not know it yet.
 */
export function faultInterceptor(point: string): ActivityInterceptorsFactory {
  const [stage, where] = point.split('.') as [Stage, FaultPoint];
  const names = STAGE_ACTIVITIES[stage];
  return (context) => ({
    inbound: {
      async execute(
        input: ActivityExecuteInput,
        next: Next<ActivityInboundCallsInterceptor, 'execute'>,
      ): Promise<unknown> {
        const name = context.info.activityType;
        if (where === 'start' && name === names.prepare) die();
        if (where === 'mid-job' && name === names.launch) setTimeout(die, MID_JOB_MS);
        const result = await next(input);
        if (where === 'after-result' && name === names.launch) die();
        if (where === 'after-commit' && name === names.ingest) die();
        return result;
      },
    },
  });
}
