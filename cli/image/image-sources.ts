import { readFileSync } from 'node:fs';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { runQuietly } from '../docker-command.ts';
import { packagePath } from '../package-path.ts';

const FILE = 'dist/source-hashes.json';

/** What of the sources a build has noted; an older image may lack the later ones. */
interface SourceHashes {
  readonly engine: string;
  readonly strategies: Readonly<Record<string, string>>;
}

/** What the build of this checkout noted. */
export function localHashes(): SourceHashes {
  return JSON.parse(readFileSync(packagePath(FILE), 'utf8')) as SourceHashes;
}

/**
 * Compares what an image was built from with this checkout.
 *
 * @param wayOut beside the usual ones, for the message.
 * @throws {CommandError} that names what differs: its jobs would do other things.
 */
export async function requireSameSources(image: string, wayOut = ''): Promise<void> {
  const [there, here] = [await hashesIn(image), localHashes()];
  const differing = Object.keys({ ...here.strategies, ...there.strategies })
    .filter((id) => here.strategies[id] !== there.strategies[id])
    .map((id) => `strategy ${id}`);
  if (here.engine !== there.engine) differing.unshift('the engine');
  if (differing.length === 0) return;
  throw new CommandError(
    CommandExitCode.BadInput,
    `${image} was built from other sources: ${differing.join(', ')}. ` +
      'Build it again with `strategy-loop image build`, or check out the commit that it names.' +
      wayOut,
  );
}

async function hashesIn(image: string): Promise<SourceHashes> {
  const confined = ['--rm', '--network', 'none', '--read-only', '--entrypoint', 'cat'];
  try {
    const text = await runQuietly('docker', ['run', ...confined, image, `/app/${FILE}`]);
    return JSON.parse(text) as SourceHashes;
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    throw new CommandError(
      CommandExitCode.BadInput,
      `${image} must hold /app/${FILE}, could not be read: ${stderr.trim() || String(error)}. ` +
        'Was it built with `strategy-loop image build`?',
      { cause: error },
    );
  }
}
