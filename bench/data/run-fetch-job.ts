import { link, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath } from '../../cli/package-path.ts';
import { JOB_CONTRACT, JOB_INPUT_DIRECTORY, JOB_OUTPUT_DIRECTORY } from '../../schemas/job.ts';
import type { LargePriceFile } from './large-price-file.ts';
import { runMeasured, type MeasuredRun } from './peak-memory.ts';

/** Runs the job `collect/fetch` as a launcher would, on a file and for its bars from a time on. `flags` are those of Node.js. */
export async function runFetchJob(
  directory: string,
  file: LargePriceFile,
  { from, flags = [] }: { readonly from: string; readonly flags?: readonly string[] },
): Promise<MeasuredRun> {
  const [input, output] = [join(directory, 'input'), join(directory, 'output')];
  await mkdir(input);
  await mkdir(output);
  await link(file.path, join(input, 'feed.csv'));
  const document = {
    contract: JOB_CONTRACT,
    jobName: 'bench-data',
    jobType: 'collect/fetch',
    strategyId: 'bench',
    stage: 'collect',
    attempt: 1,
    files: { 'feed.csv': file.sha256 },
    input: {
      feed: { kind: 'csv', file: 'feed.csv', originalName: 'feed.csv' },
      from,
      to: '2100-01-01',
      now: '2100-01-01',
    },
  };
  await writeFile(join(input, 'input.json'), JSON.stringify(document));
  return runMeasured([...flags, packagePath('dist/jobs/main.js'), 'collect/fetch'], {
    [JOB_INPUT_DIRECTORY]: input,
    [JOB_OUTPUT_DIRECTORY]: output,
  });
}
