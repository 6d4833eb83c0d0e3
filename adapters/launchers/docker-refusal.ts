import { statusOf } from './docker-engine.ts';
import { NotStartedError } from './launcher.ts';

/** What an engine says of a start that it refuses, and what to do. */
const WAYS_OUT: readonly (readonly [words: RegExp, wayOut: string])[] = [
  [
    /no such image/i,
    'Build the image that STRATEGY_LOOP_IMAGE or --image names, or pull it on the host of the engine (`docker pull`): jobs pull nothing.',
  ],
  [
    /address[ -]pool/i,
    "Remove networks of the engine that nobody uses, or give it more in its daemon's default-address-pools.",
  ],
  [
    /network \S+ not found|no such network/i,
    'Name a network of the engine in STRATEGY_LOOP_DOCKER_NETWORK.',
  ],
  [
    /bind source path does not exist/i,
    "The engine's host needs the data directory under the same path, and the file of STRATEGY_LOOP_FEED_CERTIFICATES.",
  ],
];

/**
 * An engine that is asked for what it does not have says so with a status of 4xx, and without a free
 * subnet with whichever its version has. The next try would be told the same.
 *
 * @returns {NotStartedError} then; any other error as it is.
 */
export function asNotStarted(jobName: string, error: unknown): unknown {
  const status = statusOf(error);
  if (!(error instanceof Error) || status === null) return error;
  if ((status < 400 || status > 499) && !/address[ -]pool/i.test(error.message)) return error;
  const [, wayOut = 'Correct what it names.'] =
    WAYS_OUT.find(([words]) => words.test(error.message)) ?? [];
  // The client puts a phrase of its own before them, which may name another thing than the engine.
  const words = error.message
    .replace(/^\(HTTP code \d+\) [^-]*- /, '')
    .trim()
    .replace(/\.$/, '');
  return new NotStartedError(`job ${jobName} was not started: ${words}. ${wayOut}`, {
    cause: error,
  });
}
