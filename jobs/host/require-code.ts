import type { ReleaseCode } from '../../schemas/release.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { BadInputError } from '../contract/job-error.ts';
import { engineVersionOf } from './source-hashes.ts';

interface MadeWith {
  /** What is to run, for the message: `release 3`. */
  readonly what: string;
  readonly strategyId: string;
  /** Absent where other code is accepted. */
  readonly code?: ReleaseCode | undefined;
}

/**
 * Refuses to run a release with other code than it was made with: its parameters were searched and
 * its gate was passed by that code.
 *
 * @param hashes of the build that runs.
 * @throws {BadInputError} naming both, and the ways out.
 */
export function requireCode({ what, strategyId, code }: MadeWith, hashes: SourceHashes): void {
  if (code === undefined) return;
  const strategySource = hashes.strategies[strategyId] ?? 'none';
  const engineVersion = engineVersionOf(hashes);
  if (code.strategySource === strategySource && code.engineVersion === engineVersion) return;
  const was = textOf(code);
  const is = textOf({ strategySource, engineVersion });
  throw new BadInputError(
    `${what} must run with the code that it was made with, ${was}; this build has ${is}. ` +
      'Run the image that made it, or make a release with this build (`strategy-loop retrain ' +
      '--strategy … --roll-out`), or accept this code: start the worker with ' +
      'STRATEGY_LOOP_ACCEPT_OTHER_CODE=1. Then retry.',
  );
}

function textOf({ strategySource, engineVersion }: ReleaseCode): string {
  return `engine ${engineVersion} and strategy ${strategySource.slice(0, 12)}`;
}
