import { markJobSucceeded } from '../adapters/postgres/job-runs.ts';
import { latestAnalysis, readStory } from '../adapters/postgres/story.ts';
import { inTransaction } from '../adapters/postgres/transaction.ts';
import type { FileRef, FinishedJob, Preparation } from '../schemas/payload.ts';
import { Stage } from '../schemas/stage.ts';
import { classified } from './failure.ts';
import { readResult } from './job-result.ts';
import { prepareJob } from './prepare-job.ts';
import type { StoreDeps } from './store-deps.ts';

/** One page over some strategies. */
export interface ReportRequest {
  /** Workflow id; asking for the same report twice gives the same one. */
  readonly reportId: string;
  readonly title: string;
  readonly strategyIds: readonly string[];
}

export type ReportActivities = ReturnType<typeof createReportActivities>;

export function createReportActivities(deps: StoreDeps) {
  const { pool, artifacts } = deps;

  /** Readies the job that draws the page from the newest analyses. */
  async function prepareReport(request: ReportRequest): Promise<Preparation> {
    const slot = {
      cycleId: request.reportId,
      strategyId: request.strategyIds.join('+'),
      stage: Stage.Analyze,
      unit: 'report',
    };
    return inTransaction(pool, (client) =>
      prepareJob(client, deps, slot, async () => {
        const files: FileRef[] = [];
        const strategies = [];
        for (const strategyId of request.strategyIds) {
          const analysis = await latestAnalysis(client, strategyId);
          if (analysis === null) continue;
          const curvesFile = `curves-${strategyId}.json`;
          files.push({ name: curvesFile, sha256: analysis.curvesSha256 });
          const story = await readStory(client, strategyId);
          strategies.push({ story, overall: analysis.overall, curvesFile });
        }
        return {
          jobType: 'analyze/report',
          files,
          input: { title: request.title, strategies },
        };
      }),
    );
  }

  /** Records the page. @returns the artifact that holds it. */
  async function ingestReport(request: ReportRequest, finished: FinishedJob): Promise<string> {
    const { reportSha256 } = await readResult(artifacts, 'analyze/report', finished);
    await inTransaction(pool, async (client) => {
      await client.query(
        `insert into reports (report_id, title, report_sha256) values ($1, $2, $3)
         on conflict (report_id) do nothing`,
        [request.reportId, request.title, reportSha256],
      );
      await markJobSucceeded(client, finished);
    });
    return reportSha256;
  }

  return classified({ prepareReport, ingestReport });
}
