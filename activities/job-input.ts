import { join } from 'node:path';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { exists } from '../adapters/artifacts/write-file.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { JOB_INPUT_FILE } from '../schemas/job.ts';
import type { PreparedJob } from '../schemas/payload.ts';
import { writeJobBuild } from './job-build.ts';

/**
 * Fills the input directory of a job from the artifact store. Files that an earlier, interrupted
 * try copied are complete (a copy appears under its name only when it is verified) and are kept.
 */
export async function copyInputs(
  launcher: Launcher,
  artifacts: ArtifactStore,
  job: PreparedJob,
): Promise<void> {
  const { input } = await launcher.directories(job.jobName);
  const files = [...job.files, { name: JOB_INPUT_FILE, sha256: job.inputSha256 }];
  await Promise.all([
    ...files.map(async (file) => {
      const path = join(input, file.name);
      if (!(await exists(path))) await artifacts.copyTo(file.sha256, path);
    }),
    writeJobBuild(input, job.build, launcher.image ?? null),
  ]);
}
