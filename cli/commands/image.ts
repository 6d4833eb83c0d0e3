import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { withOutput } from '../options.ts';
import { ENGINE_VERSION } from '../../engine/version.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { createOutput, table } from '../output.ts';
import { packagePath } from '../package-path.ts';
import { inspectImage, runQuietly } from '../docker-command.ts';

interface ImageOptions {
  readonly json: boolean;
}

interface BuildOptions extends ImageOptions {
  readonly tag: string;
  readonly base?: string;
  readonly registry?: string;
  readonly network?: string;
}

/** Labels of an image, by what they say. */
const LABELS = {
  commit: 'org.opencontainers.image.revision',
  buildId: 'strategy-loop.build-id',
  engineVersion: 'strategy-loop.engine-version',
} as const;

export function addImageCommands(program: Command): void {
  const image = program
    .command('image')
    .description('build and check the image that jobs run in')
    .addHelpText('after', '\nExample:\n  strategy-loop image build --tag strategy-loop:dev');
  withOutput(image.command('build'))
    .description('build the image from this checkout, with the commit and the build in its labels')
    .option('--tag <name>', 'name of the image', 'strategy-loop:dev')
    .option('--base <image>', 'image to build on; by digest where you have a registry')
    .option('--registry <url>', 'npm registry to install from')
    .option('--network <mode>', 'network of the build, as for `docker build`')
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop image build --tag strategy-loop:dev' +
        '\n  strategy-loop image build --base "$(infra/docker/make-base-image.sh)" --network host',
    )
    .action(buildImage);
  withOutput(image.command('inspect <image>'))
    .description('show commit, build, engine version and digests of an image')
    .addHelpText('after', '\nExample:\n  strategy-loop image inspect strategy-loop:dev')
    .action(showImage);
  withOutput(image.command('verify <image>'))
    .description('check that an image holds the strategies and the engine of this checkout')
    .addHelpText('after', '\nExample:\n  strategy-loop image verify strategy-loop:dev')
    .action(verifyImage);
}

async function buildImage(options: BuildOptions): Promise<void> {
  const output = createOutput(options.json);
  const commit = await runQuietly('git', ['-C', packagePath('.'), 'rev-parse', 'HEAD']).then(
    (text) => text.trim(),
    () => 'unknown',
  );
  const settings: Readonly<Record<string, string | undefined>> = {
    BASE_IMAGE: options.base,
    NPM_CONFIG_REGISTRY: options.registry,
    SOURCE_COMMIT: commit,
    BUILD_ID: localHashes().engine.slice(0, 12),
    ENGINE_VERSION,
  };
  const buildArguments = Object.entries(settings).flatMap(([name, value]) =>
    value === undefined ? [] : ['--build-arg', `${name}=${value}`],
  );
  const network = options.network === undefined ? [] : ['--network', options.network];
  await runAloud('docker', [
    'build',
    ...network,
    ...buildArguments,
    '--file',
    packagePath('infra/docker/Dockerfile'),
    '--tag',
    options.tag,
    packagePath('.'),
  ]);
  const built = await inspectImage(options.tag);
  output.answer({ image: options.tag, id: built.id, commit }, `${options.tag} ${built.id}`);
}

async function showImage(name: string, options: ImageOptions): Promise<void> {
  const output = createOutput(options.json);
  const { id, digests, labels, bytes } = await inspectImage(name);
  const found = Object.fromEntries(
    Object.entries(LABELS).map(([what, label]) => [what, labels[label] ?? null]),
  );
  const rows = Object.entries({ id, ...found, bytes }).map(([what, value]) => [
    what,
    String(value),
  ]);
  output.answer({ image: name, id, digests, ...found, bytes }, table(['image', name], rows));
}

/** What differs between the image and this checkout; nothing when a job would make the same. */
async function verifyImage(name: string, options: ImageOptions): Promise<void> {
  const output = createOutput(options.json);
  await inspectImage(name);
  const text = await runQuietly('docker', [
    ...['run', '--rm', '--network', 'none', '--read-only', '--entrypoint', 'cat'],
    name,
    '/app/dist/source-hashes.json',
  ]);
  const [there, here] = [JSON.parse(text) as SourceHashes, localHashes()];
  const differing = Object.keys({ ...here.strategies, ...there.strategies })
    .filter((id) => here.strategies[id] !== there.strategies[id])
    .map((id) => `strategy ${id}`);
  if (here.engine !== there.engine) differing.unshift('the engine');
  if (differing.length > 0) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `${name} was built from other sources: ${differing.join(', ')}. ` +
        'Build it again with `strategy-loop image build`, or check out the commit that it names.',
    );
  }
  output.answer({ image: name, matches: true }, `${name} holds the sources of this checkout`);
}

interface SourceHashes {
  readonly engine: string;
  readonly strategies: Readonly<Record<string, string>>;
}

function localHashes(): SourceHashes {
  return JSON.parse(readFileSync(packagePath('dist/source-hashes.json'), 'utf8')) as SourceHashes;
}

/** Runs a program whose progress the caller wants to see. */
async function runAloud(program: string, args: readonly string[]): Promise<void> {
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 2, 2] });
    child.once('error', reject);
    child.once('exit', resolve);
  }).catch((error: unknown) => {
    throw new CommandError(
      CommandExitCode.Unavailable,
      `${program} cannot be run: ${String(error)}`,
      {
        cause: error,
      },
    );
  });
  if (code === 0) return;
  throw new CommandError(
    CommandExitCode.Failed,
    `${program} ${args[0] ?? ''} ended with ${String(code)}`,
  );
}
