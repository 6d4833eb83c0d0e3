import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Launcher, LaunchSpec } from '../../adapters/launchers/launcher.ts';
import { JOB_CONTRACT } from '../../schemas/job.ts';
import type { FetchInput } from '../../schemas/jobs/collect.ts';
import { runJob } from './launcher-contract.ts';

/**
 * Runs the real job of the collect stage on a network feed.
 *
 * @param host `host:port` of the feed.
 * @returns the bars that it has read, or its failure.
 */
export async function runCollect(
  launcher: Launcher,
  spec: LaunchSpec,
  host: string,
): Promise<{ readonly exitCode: number | null; readonly text: string }> {
  const { input, output } = await launcher.directories(spec.jobName);
  const feed: FetchInput['feed'] = {
    kind: 'csv-url',
    url: `https://${host}/prices.csv`,
    bytesMax: 1000,
    hosts: [host],
  };
  const request: FetchInput = { feed, from: null, to: '2021-01-01', now: '2021-01-01' };
  const document = {
    contract: JOB_CONTRACT,
    ...{ jobName: spec.jobName, jobType: spec.jobType, strategyId: 'rsi-macd', stage: 'collect' },
    ...{ attempt: 1, files: {}, input: request },
  };
  await writeFile(join(input, 'input.json'), JSON.stringify(document));
  const { exitCode } = await runJob(launcher, spec);
  const file = exitCode === 0 ? 'bars.csv' : 'failure.json';
  return { exitCode, text: await readFile(join(output, file), 'utf8').catch(() => '') };
}
