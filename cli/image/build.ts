import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ENGINE_VERSION } from '../../engine/version.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { ownSourceHashes } from '../../workers/source-hashes.ts';
import { CommandError } from '../command-error.ts';
import {
  dockerUnavailable,
  findImage,
  inspectImage,
  runDocker,
  runQuietly,
} from '../docker-command.ts';
import { createOutput } from '../output.ts';
import { packagePath } from '../package-path.ts';

export interface BuildOptions {
  readonly json: boolean;
  readonly tag: string;
  readonly base?: string;
  readonly registry?: string;
  readonly network?: string;
}

const DOCKERFILE = 'infra/docker/Dockerfile';

export async function buildImage(options: BuildOptions): Promise<void> {
  const output = createOutput(options.json);
  const commit = await runQuietly('git', ['-C', packagePath('.'), 'rev-parse', 'HEAD']).then(
    (text) => text.trim(),
    () => 'unknown',
  );
  const settings: Readonly<Record<string, string | undefined>> = {
    BASE_IMAGE: options.base,
    NPM_CONFIG_REGISTRY: options.registry,
    SOURCE_COMMIT: commit,
    BUILD_ID: ownSourceHashes().build,
    ENGINE_VERSION,
  };
  const buildArguments = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : ['--build-arg', `${name}=${value}`],
  );
  const network = options.network === undefined ? [] : ['--network', options.network];
  const code = await runAloud([
    'build',
    ...network,
    ...buildArguments,
    '--file',
    packagePath(DOCKERFILE),
    '--tag',
    options.tag,
    packagePath('.'),
  ]);
  if (code !== 0) throw await failureOf(code, options.base ?? officialBase());
  const built = await inspectImage(options.tag);
  output.answer({ image: options.tag, id: built.id, commit }, `${options.tag} ${built.id}`);
}

/** The image that the Dockerfile builds on when none is named. */
function officialBase(): string {
  const text = readFileSync(packagePath(DOCKERFILE), 'utf8');
  const [, name] = /^ARG BASE_IMAGE=(\S+)$/m.exec(text) ?? [];
  if (name === undefined) throw new Error(`${DOCKERFILE} names no base image`);
  return name;
}

/** A build that failed is most often one whose base cannot be had; asking for it tells. */
async function failureOf(code: number | null, base: string): Promise<CommandError> {
  if ((await findImage(base)) === null) {
    const { code: pulled, errors } = await runDocker(['pull', '--quiet', base]);
    if (pulled !== 0) {
      return new CommandError(
        CommandExitCode.Unavailable,
        `the base image ${base} cannot be had: ${errors.trim()}. Name another with --base. Without a ` +
          'registry make one from Debian packages (as root, with debootstrap): ' +
          '`strategy-loop image build --base "$(infra/docker/make-base-image.sh)"`; where only the ' +
          'npm registry is another one, add --registry <url>.',
      );
    }
  }
  return new CommandError(
    CommandExitCode.Failed,
    `docker build ended with ${String(code)}; its own words are above`,
  );
}

/** Runs docker on the caller's own stderr, where it can draw. @returns its exit code. */
async function runAloud(args: readonly string[]): Promise<number | null> {
  return new Promise<number | null>((resolve, reject) => {
    const child = spawn('docker', args, { stdio: ['ignore', 2, 2] });
    child.once('error', (error) => {
      reject(dockerUnavailable(error));
    });
    child.once('exit', resolve);
  });
}
