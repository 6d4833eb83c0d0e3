import type { Command } from 'commander';
import { listReleases, readChannel, readRelease } from '../../adapters/postgres/releases.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { integerBetween, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput, table } from '../output.ts';
import { withSession } from '../with-session.ts';

export function addReleaseCommands(program: Command): void {
  const release = program.command('release').description('list and show published releases');
  withCommonOptions(release.command('list'))
    .description('list releases, oldest first')
    .addHelpText('after', '\nExample:\n  strategy-loop release list --strategy ml-forecast')
    .option('--strategy <id>', 'of this strategy only')
    .action(showReleases);
  withCommonOptions(release.command('show'))
    .description('show the manifest and provenance of one release')
    .addHelpText(
      'after',
      '\nExample:\n  strategy-loop release show --strategy ml-forecast --release 1 --json',
    )
    .requiredOption('--strategy <id>', 'which strategy')
    .option(
      '--release <number>',
      'which release; the stable one by default',
      integerBetween(1, 1e9),
    )
    .action(showRelease);
}

async function showReleases(options: CommonOptions & { strategy?: string }): Promise<void> {
  const output = createOutput(options.json);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      const releases = await listReleases(session.pool, options.strategy ?? null);
      const rows = releases.map(({ version, releaseId, manifest, publishedAt }) => [
        manifest.strategyId,
        String(version),
        releaseId.slice(0, 12),
        `${manifest.trainWindow.from} to ${manifest.trainWindow.to}`,
        String(manifest.trialCount),
        publishedAt,
      ]);
      output.answer(
        { releases },
        table(['strategy', 'release', 'id', 'trained on', 'trials', 'published'], rows),
      );
    },
  );
}

async function showRelease(
  options: CommonOptions & { strategy: string; release?: number },
): Promise<void> {
  const output = createOutput(options.json);
  await withSession(
    { dataDirectory: options.dataDir, output, withWorker: false },
    async (session) => {
      const view = await readChannel(session.pool, options.strategy);
      const version = options.release ?? view?.channel.stable ?? null;
      const release =
        version === null ? null : await readRelease(session.pool, options.strategy, version);
      if (release === null) {
        throw new CommandError(
          CommandExitCode.BadInput,
          `${options.strategy} has no release ${version === null ? 'yet' : String(version)}; ` +
            'see `strategy-loop release list`',
        );
      }
      const isStable = view?.channel.stable === release.version;
      const document = { ...release, isStable, generation: view?.channel.generation ?? 0 };
      const text = [
        `release ${String(release.version)} of ${options.strategy}${isStable ? ' (stable)' : ''}`,
        `id ${release.releaseId}`,
        `published ${release.publishedAt} by ${release.provenance.actor} in ${release.provenance.cycleId}`,
        JSON.stringify(release.manifest, null, 2),
      ].join('\n');
      output.answer(document, text);
    },
  );
}
