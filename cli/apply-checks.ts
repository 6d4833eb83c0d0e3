import { access, constants } from 'node:fs/promises';
import { z } from 'zod';
import { hasCollected } from '../adapters/postgres/cycles.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import type { StrategyDescription } from '../schemas/settings.ts';
import type { WantedStrategy } from '../schemas/strategies-file.ts';
import { nearestName } from '../schemas/nearest-name.ts';
import { problemTexts } from '../schemas/problem-text.ts';
import type { CheckableEntry } from './checkable-entries.ts';
import { otherInstrument } from './register.ts';
import type { StrategyChange } from './settings-diff.ts';
import { unknownText } from './strategies-file.ts';
import type { Problem } from './strategies-file.ts';

/**
 * Checks what the file's own schema cannot know: installed strategies, the settings that their
 * trainers take, and price files.
 */
export async function checkInstalled(
  wanted: readonly CheckableEntry[],
  descriptions: readonly StrategyDescription[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const each of wanted) {
    problems.push(...checkImplementation(each, descriptions));
    const { feed } = each.settings;
    if (feed?.kind === 'csv' && !(await isReadable(feed.path))) {
      const path = ['strategies', each.entry, 'feed', 'path'];
      const text = `${path.join('.')} must be a file that can be read, was ${feed.path}`;
      problems.push({ path, text });
    }
  }
  return problems;
}

function checkImplementation(
  { settings, entry }: CheckableEntry,
  descriptions: readonly StrategyDescription[],
): Problem[] {
  const { implementation, trainer } = settings;
  if (implementation === undefined) return [];
  const path = ['strategies', entry, 'implementation'];
  const description = descriptions.find(({ strategyId }) => strategyId === implementation);
  if (description === undefined) {
    const known = descriptions.map(({ strategyId }) => strategyId);
    return [{ path, text: unknownImplementation(entry, implementation, known) }];
  }
  const problems = [
    ...(trainer === undefined
      ? []
      : checkTrainer(['strategies', entry, 'trainer'], trainer, description)),
    ...checkSearchParts(['strategies', entry], settings.jobs?.searchParts, description),
  ];
  if (description.account !== 'futures') return problems;
  const text =
    `${path.join('.')} must hold a share of its account, was ${implementation}, ` +
    'which trades a futures account. Run it by "strategy-loop backtest" or "strategy-loop sweep"; cycles cannot trade it yet';
  return [{ path, text }, ...problems];
}

function unknownImplementation(entry: number, name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  const hint = nearest === null ? '' : `. Did you mean ${nearest}?`;
  return (
    `strategies.${String(entry)}.implementation must be one of ${known.join(', ')}, ` +
    `was "${name}"${hint}`
  );
}

/** The schema of a trainer's settings comes from the strategy's own source. */
function checkTrainer(
  path: readonly PropertyKey[],
  trainer: unknown,
  { trainerSchema }: StrategyDescription,
): Problem[] {
  const schema = z.fromJSONSchema(trainerSchema as Parameters<typeof z.fromJSONSchema>[0]);
  const parsed = schema.safeParse(trainer);
  if (parsed.success) return [];
  const known = Object.keys((trainerSchema as { properties?: object }).properties ?? {});
  const texts = problemTexts(parsed.error, trainer, 'it');
  return parsed.error.issues.flatMap((issue, index) => {
    if (issue.code !== 'unrecognized_keys') {
      return [
        {
          path: [...path, ...issue.path],
          text: `${path.map(String).join('.')}.${texts[index] ?? issue.message}`,
        },
      ];
    }
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: unknownText([...path, key], known),
    }));
  });
}

/** Only a search falls into parts. */
function checkSearchParts(
  entry: readonly PropertyKey[],
  searchParts: number | undefined,
  { trainerJob, strategyId }: StrategyDescription,
): Problem[] {
  if ((searchParts ?? 1) === 1 || trainerJob === 'retrain/search') return [];
  const path = [...entry, 'jobs', 'searchParts'];
  const text =
    `${path.map(String).join('.')} must be 1 or left out, was ${String(searchParts)}: ` +
    `${strategyId} trains with ${trainerJob}, which searches no parameters`;
  return [{ path, text }];
}

async function isReadable(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** What a strategy's record is written in: changed, the record would mean something else. */
const FIXED = /^(implementation|seriesId|initialCash|instrument\.(id|currency|multiplier))$/;

/** Refuses to change what the record of a strategy that has run is written in, and foreign bars. */
export async function checkRecords(
  pool: StorePool,
  wanted: readonly WantedStrategy[],
  changes: readonly StrategyChange[],
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { strategyId, kind, fields } of changes) {
    const settled = wanted.find(({ settings }) => settings.strategyId === strategyId);
    const entry = settled?.entry ?? 0;
    const foreign = settled === undefined ? null : await otherInstrument(pool, settled.settings);
    if (foreign !== null) {
      problems.push({ path: ['strategies', entry, 'seriesId'], text: foreign });
    }
    const fixed = fields.filter(({ field }) => FIXED.test(field));
    if (kind !== 'update' || fixed.length === 0) continue;
    if (!(await hasCollected(pool, strategyId))) continue;
    for (const { field, from, to } of fixed) {
      problems.push({
        path: ['strategies', entry, ...field.split('.')],
        text:
          `${field} of ${strategyId} must stay ${JSON.stringify(from)}, because the strategy has run ` +
          `with it, was ${JSON.stringify(to)}. Give the new one an id of its own`,
      });
    }
  }
  return problems;
}
