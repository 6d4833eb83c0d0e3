import type { Command } from 'commander';
import { listReleases, readChannel, readRelease } from '../../adapters/postgres/releases.ts';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { requireStrategy } from '../known-ids.ts';
import { integerBetween, withCommonOptions, withFormat } from '../options.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { findContent } from '../release-content.ts';
import type { Content } from '../release-content.ts';
import { diffReleases, labelOf } from '../release-diff.ts';
import { withStore } from '../store.ts';
import type { Provenance } from '../../schemas/release.ts';

export function addReleaseCommands(program: Command): void {
  const release = program
    .command('release')
    .description('list, show and compare published releases')
    .addHelpText('after', '\nExample:\n  strategy-loop release list');
  withFormat(withCommonOptions(release.command('list')))
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
  withFormat(withCommonOptions(release.command('diff')))
    .description(
      'show in what two releases differ: parameters, model, dataset, features, provenance',
    )
    .argument('<a>', '`<strategy>@<number>`, a number beside --strategy, or the start of an id')
    .argument('<b>', 'the same; a challenger is named by its id')
    .option('--strategy <id>', 'whose releases plain numbers mean')
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop release diff ml-forecast@1 ml-forecast@2' +
        '\n  strategy-loop release diff 1 2 --strategy ml-forecast --format csv',
    )
    .action(showDiff);
}

async function showReleases(options: ListOptions & { strategy?: string }): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    await requireStrategy(pool, options.strategy);
    const releases = await listReleases(pool, options.strategy ?? null);
    const rows = releases.map(({ version, releaseId, manifest, publishedAt }) => [
      manifest.strategyId,
      String(version),
      releaseId.slice(0, 12),
      `${manifest.trainWindow.from} to ${manifest.trainWindow.to}`,
      String(manifest.trialCount),
      publishedAt,
    ]);
    const head = ['strategy', 'release', 'id', 'trained on', 'lineage trials', 'published'];
    output.list({ releases }, { head, rows });
  });
}

async function showRelease(
  options: CommonOptions & { strategy: string; release?: number },
): Promise<void> {
  const output = createOutput(options.json);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    await requireStrategy(pool, options.strategy);
    const view = await readChannel(pool, options.strategy);
    const version = options.release ?? view?.channel.stable ?? null;
    const release = version === null ? null : await readRelease(pool, options.strategy, version);
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
      ...madeText(release.provenance),
      provedText(release.provenance),
      JSON.stringify(release.manifest, null, 2),
    ].join('\n');
    output.answer(document, text);
  });
}

function madeText({ launcher, image }: Provenance): string[] {
  return image === undefined ? [] : [`trained on ${launcher} in image ${image}`];
}

/** What was proved about the code before it was published. */
function provedText({ proofs }: Provenance): string {
  if (proofs === undefined) return 'published before strategies were proved';
  const { lookAheadBars, warmUpStarts, parityRuns, decisionsSha256 } = proofs;
  return (
    `proved: no look-ahead on ${counted(lookAheadBars, 'bar')}, warm-up from ${counted(warmUpStarts, 'start')}, ` +
    `${counted(parityRuns, 'run')} alike, decisions ${decisionsSha256.slice(0, 12)}`
  );
}

async function showDiff(
  a: string,
  b: string,
  options: ListOptions & { strategy?: string },
): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    await requireStrategy(pool, options.strategy);
    const [left, right] = [
      await findContent(pool, a, options.strategy),
      await findContent(pool, b, options.strategy),
    ];
    const differences = diffReleases(left, right);
    const named = ({ strategyId, version, id }: Content): string =>
      version === null ? id.slice(0, 12) : `${strategyId}@${String(version)}`;
    const rows = differences.map((each) => [
      each.area,
      labelOf(each.name),
      shown(each.a),
      shown(each.b),
    ]);
    const side = ({ id, strategyId, version }: Content): object => ({ id, strategyId, version });
    if (differences.length === 0) output.note(`${named(left)} and ${named(right)} are the same`);
    output.list(
      { a: side(left), b: side(right), differences },
      { head: ['part', 'value', named(left), named(right)], rows },
    );
  });
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text;
}
