import type { Command } from 'commander';
import { listChallengers } from '../../adapters/postgres/challenger-list.ts';
import { readHistory } from '../../adapters/postgres/history.ts';
import { gateText } from '../history-text.ts';
import { requireStrategy } from '../known-ids.ts';
import { withCommonOptions, withFormat } from '../options.ts';
import type { CommonOptions, ListOptions } from '../options.ts';
import { createOutput, shortTime } from '../output.ts';
import { findContent } from '../release-content.ts';
import { withStore } from '../store.ts';

export function addChallengerCommands(program: Command): void {
  const challenger = program
    .command('challenger')
    .description('list and show what retrains have made, published or not')
    .addHelpText('after', '\nExample:\n  strategy-loop challenger list');
  withFormat(withCommonOptions(challenger.command('list')))
    .description('list challengers, newest first, with what became of them')
    .option('--strategy <id>', 'of this strategy only')
    .addHelpText('after', '\nExample:\n  strategy-loop challenger list --strategy rsi-macd')
    .action(showChallengers);
  withCommonOptions(challenger.command('show'))
    .description('show the manifest of one challenger, and the gate that judged it')
    .argument('<id>', 'its id, or the first characters of it')
    .addHelpText('after', '\nExample:\n  strategy-loop challenger show 1f0c9a2b4d5e')
    .action(showChallenger);
}

async function showChallengers(options: ListOptions & { strategy?: string }): Promise<void> {
  const output = createOutput(options.json, options.format);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    await requireStrategy(pool, options.strategy);
    const challengers = await listChallengers(pool, options.strategy ?? null);
    const rows = challengers.map((each) => [
      each.challengerId.slice(0, 12),
      each.strategyId,
      `${each.trainWindow.from} to ${each.trainWindow.to}`,
      String(each.trials),
      shortTime(each.madeAt),
      each.version === null
        ? (each.verdict ?? 'not rolled out')
        : `release ${String(each.version)}`,
      each.reason ?? '',
    ]);
    output.list(
      { challengers },
      {
        head: ['challenger', 'strategy', 'trained on', 'trials', 'made (UTC)', 'became', 'why'],
        rows,
        wrap: 6,
      },
    );
  });
}

async function showChallenger(id: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options.json);
  await withStore({ dataDirectory: options.dataDir, output }, async (pool) => {
    const found = await findContent(pool, id, undefined);
    const history = await readHistory(pool, found.cycleId);
    const gate = history?.gates.find((each) => each.challengerId === found.id) ?? null;
    const text = [
      `challenger ${found.id}`,
      `made by ${found.cycleId}${found.version === null ? '' : `, published as release ${String(found.version)}`}`,
      JSON.stringify(found.manifest, null, 2),
      gate === null ? 'not judged by a gate: it was never rolled out' : gateText(gate),
    ].join('\n');
    const { id: challengerId, version, cycleId, manifest } = found;
    output.answer({ challengerId, version, cycleId, manifest, gate }, text);
  });
}
