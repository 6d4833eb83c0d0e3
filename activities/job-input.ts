import { join } from 'node:path';
import { rename, writeFile } from 'node:fs/promises';
import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import { exists } from '../adapters/artifacts/write-file.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { JOB_BUILD_FILE, JOB_INPUT_FILE } from '../schemas/job.ts';
import type { JobBuild } from '../schemas/job.ts';
import type { PreparedJob } from '../schemas/payload.ts';

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
    writeBuild(join(input, JOB_BUILD_FILE), launcher, job),
  ]);
}

/** Tells the job which build prepared it, and in which image it runs. */
async function writeBuild(
  path: string,
  { image = null }: { readonly image?: string | null },
  { build }: PreparedJob,
): Promise<void> {
  if (build === undefined) return;
  const told: JobBuild = { ...build, image };
  const unfinished = `${path}.tmp`;
  await writeFile(unfinished, JSON.stringify(told), { mode: 0o644 });
  await rename(unfinished, path);
}
