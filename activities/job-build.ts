import { randomUUID } from 'node:crypto';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orRemove } from '../adapters/artifacts/write-file.ts';
import { JOB_BUILD_FILE } from '../schemas/job.ts';
import type { JobBuild } from '../schemas/job.ts';
import type { JobType } from '../schemas/jobs/job-type.ts';
import type { PreparingBuild } from '../schemas/payload.ts';
import type { SourceHashes } from '../schemas/source-hashes.ts';

/**
 * What a job is told of the build that prepares it.
 *
 * @param mayDiffer whether a program that knows the job otherwise may try all the same.
 * @returns nothing where that build knows no hash of the job: there is nothing to compare with.
 */
export function preparingBuild(
  sources: Pick<SourceHashes, 'build' | 'contracts'> | undefined,
  jobType: JobType,
  mayDiffer = false,
): { readonly build?: PreparingBuild } {
  const contract = sources?.contracts[jobType];
  if (sources === undefined || contract === undefined) return {};
  return { build: { build: sources.build, contract, mayDiffer } };
}

/**
 * Puts the build that prepared a job, and the image that the job runs in, into its input directory.
 * Two copies of one activity may do so at once, so each writes a file of its own first.
 *
 * @param build what is told; without one nothing is.
 */
export async function writeJobBuild(
  directory: string,
  build: PreparingBuild | undefined,
  image: string | null,
): Promise<void> {
  if (build === undefined) return;
  const told: JobBuild = { ...build, image };
  const path = join(directory, JOB_BUILD_FILE);
  const unfinished = `${path}.${randomUUID()}`;
  await orRemove(unfinished, async () => {
    await writeFile(unfinished, JSON.stringify(told), { flag: 'wx' });
    // Another user may run the job, whatever the umask of this one says.
    await chmod(unfinished, 0o644);
    await rename(unfinished, path);
  });
}
