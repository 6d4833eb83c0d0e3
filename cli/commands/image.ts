import type { Command } from 'commander';
import { inspectImage } from '../docker-command.ts';
import { buildImage } from '../image/build.ts';
import { requireSameSources } from '../image/image-sources.ts';
import { pushImage } from '../image/push.ts';
import { withOutput } from '../options.ts';
import { createOutput, table } from '../output.ts';

interface ImageOptions {
  readonly json: boolean;
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
    .description('build, check and push the image that jobs run in')
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
  addPushCommand(image);
}

function addPushCommand(image: Command): void {
  withOutput(image.command('push <image>'))
    .description('push an image to a registry with the docker client, and answer its digest')
    .option('--to <repository:tag>', 'where to; under the name that it has by default')
    .option('--unverified', 'push it also when it holds other sources than this checkout', false)
    .addHelpText(
      'after',
      '\nLog in first with `docker login <registry>`. Stdout holds the reference by digest alone, for --image.' +
        '\n\nExamples:\n  strategy-loop image push ghcr.io/me/strategy-loop:1' +
        '\n  strategy-loop image push strategy-loop:dev --to ghcr.io/me/strategy-loop:1' +
        '\n\nExit codes: 0 pushed; 65 no such image, other sources, a wrong name, or not logged in;' +
        '\n69 no Docker Engine, or the registry cannot be reached; 130 interrupted, and nothing is left.',
    )
    .action(pushImage);
}

async function showImage(name: string, options: ImageOptions): Promise<void> {
  const output = createOutput(options.json);
  const { id, digests, labels, bytes } = await inspectImage(name);
  const found = Object.fromEntries(
    Object.entries(LABELS).map(([what, label]) => [what, labels[label] ?? null]),
  );
  const digest = digests.length === 0 ? 'none: it was never pushed or pulled' : digests.join(', ');
  const rows = Object.entries({ id, digest, ...found, bytes }).map(([what, value]) => [
    what,
    String(value),
  ]);
  output.answer({ image: name, id, digests, ...found, bytes }, table(['image', name], rows));
}

async function verifyImage(name: string, options: ImageOptions): Promise<void> {
  const output = createOutput(options.json);
  await inspectImage(name);
  await requireSameSources(name);
  output.answer({ image: name, matches: true }, `${name} holds the sources of this checkout`);
}
