import { CommandExitCode } from '../../schemas/exit-code.ts';
import { SOURCE_HASHES_FILE } from '../../schemas/source-hashes.ts';
import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { ownSourceHashes } from '../../workers/source-hashes.ts';
import { CommandError } from '../command-error.ts';
import { runQuietly } from '../docker-command.ts';

const FILE = `/app/dist/${SOURCE_HASHES_FILE}`;

const NAMES_SHOWN = 6;

/** What the notes of a build say of its sources, and what each part is called in messages. */
const PARTS = {
  strategies: 'strategy',
  trainers: 'trainer',
  packages: 'package',
  contracts: 'what is asked of',
} as const;

/**
 * Compares what an image was built from with this checkout.
 *
 * @param wayOut beside the usual ones, for the message.
 * @throws {CommandError} that names what differs: its jobs would do other things.
 */
export async function requireSameSources(image: string, wayOut = ''): Promise<void> {
  const [there, here] = [await hashesIn(image), ownSourceHashes()];
  const differing = Object.entries(PARTS).flatMap(([part, called]) => {
    const [one, other] = [
      there[part as keyof typeof PARTS] ?? {},
      here[part as keyof typeof PARTS],
    ];
    return Object.keys({ ...other, ...one })
      .filter((name) => one[name] !== other[name])
      .map((name) => `${called} ${name}`);
  });
  if (here.engine !== there.engine) differing.unshift('the engine');
  if (differing.length === 0) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${image} was built from other sources: ${inShort(differing)}. ` +
      'Build it again with `strategy-loop image build`, or check out the commit that it names.' +
      wayOut,
  );
}

/** An old image differs in nearly everything. */
function inShort(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_SHOWN);
  const more = names.length - shown.length;
  return more === 0 ? shown.join(', ') : `${shown.join(', ')} and ${String(more)} more`;
}

/** Of an older image some parts may be missing. */
async function hashesIn(image: string): Promise<Partial<SourceHashes>> {
  const confined = ['--rm', '--network', 'none', '--read-only', '--entrypoint', 'cat'];
  try {
    const text = await runQuietly('docker', ['run', ...confined, image, FILE]);
    return JSON.parse(text) as Partial<SourceHashes>;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new CommandError(
      CommandExitCode.BadInput,
      `${image} must hold ${FILE}, could not be read: ${stderr.trim() || String(error)}. ` +
        'Was it built with `strategy-loop image build`?',
      { cause: error },
    );
  }
}
