import { JobExitCode } from '../schemas/exit-code.ts';
import type { JobFailure } from '../schemas/job.ts';

/**
 * Programs of today tell their build when they fail, and compare it themselves; images from before do
 * neither, and complain of some field.
 *
 * @param failure and the exit code: only one that refuses its input may have met a field that it does not know.
 * @param build of the worker, or of the command, that prepared the job; undefined where it told nothing.
 * @returns what is to be added to the words of a job that refused its input; empty in most cases.
 */
export function olderImageText(
  image: string | undefined,
  build: string | undefined,
  { exitCode, ...failure }: JobFailure & { readonly exitCode: number | null },
): string {
  if (exitCode !== JobExitCode.BadInput) return '';
  if (image === undefined || build === undefined || failure.build !== undefined) return '';
  return (
    ` The image ${image} is older than this worker (build ${build}), or of another make, and may not understand it: ` +
    'when that is why, build it again from the sources of the worker (`strategy-loop image build`), or name ' +
    'another with --image or STRATEGY_LOOP_IMAGE, then retry.'
  );
}
