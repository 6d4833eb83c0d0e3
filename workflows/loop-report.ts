import { ApplicationFailure } from '@temporalio/workflow';
import type { ReportRequest } from '../activities/report.ts';
import type { LoopReportInput } from '../schemas/payload.ts';
import { jobOptions, openRooms } from './activities.ts';
import { finishJob } from './finish-job.ts';
import { readReportInput } from './input.ts';

/** Draws one page over some strategies from what is stored. @returns the artifact that holds it. */
export async function loopReport(startInput: LoopReportInput): Promise<string> {
  const input = readReportInput(startInput);
  const { store, launch } = openRooms(input.launcher, input.timing);
  const request: ReportRequest = {
    reportId: input.reportId,
    title: input.title,
    strategyIds: input.strategyIds,
  };
  const prepared = await store.prepareReport.executeWithOptions({ summary: 'gather the story' }, [
    request,
  ]);
  const finished = await finishJob(prepared, (job) =>
    launch.launchReport.executeWithOptions(jobOptions(job, 'draw the page'), [input.reportId, job]),
  );
  if (finished === null) throw ApplicationFailure.nonRetryable('a report is not a stage');
  const sha256 = await store.ingestReport.executeWithOptions({ summary: 'keep the page' }, [
    request,
    finished,
  ]);
  await launch.removeJobs.executeWithOptions({ summary: 'clear away the job' }, [input.reportId]);
  return sha256;
}
