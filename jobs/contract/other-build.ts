import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JOB_BUILD_FILE, JobBuild } from '../../schemas/job.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { BadInputError } from './job-error.ts';
import { codeOf } from './job-files.ts';

/** Runs a part of reading the input; a refusal of it is told with its likely reason. */
type Explained = <T>(read: () => T | Promise<T>) => Promise<T>;

/**
 * Compares the build that prepared this job with the one that runs it, before anything of the input is
 * judged: an image that is older than its worker would otherwise complain of some inner field. Builds
 * that differ in other things are none of its business; the code of a release has a check of its own.
 *
 * @returns how to read the input. Where other builds are accepted, only what they cannot read is refused.
 * @throws {BadInputError} when the two mean different things by this job.
 */
export async function otherBuild(
  inputDirectory: string,
  jobType: string,
  sourceHashes: () => SourceHashes,
): Promise<Explained> {
  const prepared = await readBuild(inputDirectory);
  if (prepared === null) return asItIs;
  const own = sourceHashes();
  if (own.contracts[jobType] === prepared.contract) return asItIs;
  const text = differenceText(prepared, own.build, jobType);
  if (!prepared.mayDiffer) {
    throw new BadInputError(
      `${text} Or let it try: set STRATEGY_LOOP_ACCEPT_OTHER_CODE=1 for the worker or the command that prepares it.`,
    );
  }
  return async (read) => {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof BadInputError)) throw error;
      throw new BadInputError(`${text} It was let try: ${error.message}`, { cause: error });
    }
  };
}

const asItIs: Explained = async (read) => read();

function differenceText({ build, image }: JobBuild, own: string, jobType: string): string {
  const what = image === null ? 'this program' : `the image ${image}`;
  const wayOut =
    image === null
      ? 'Run the jobs with the build of the worker that prepares them, then retry.'
      : `${buildAgain(image)}, or name another image with --image or STRATEGY_LOOP_IMAGE, then retry.`;
  return (
    `${what} was built from other sources than the worker that prepared this job: it is build ${own}, ` +
    `the worker is build ${build}, and they differ in what ${jobType} is asked or answers. ${wayOut}`
  );
}

function buildAgain(image: string): string {
  const isDigest = image.includes('@') || image.startsWith('sha256:');
  return isDigest
    ? "Build and push one from the worker's sources (`strategy-loop image build`, `image push`)"
    : `Build it again from the worker's sources (\`strategy-loop image build --tag ${image}\`)`;
}

/** @returns null where the job was prepared by somebody who does not tell. */
async function readBuild(inputDirectory: string): Promise<JobBuild | null> {
  let text: string;
  try {
    text = await readFile(join(inputDirectory, JOB_BUILD_FILE), 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  return JobBuild.parse(JSON.parse(text));
}
