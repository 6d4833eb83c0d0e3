import type { Queryable } from '../adapters/postgres/pool.ts';
import { listStrategyIds } from '../adapters/postgres/strategies.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import { nearestName } from '../schemas/nearest-name.ts';
import { CommandError } from './command-error.ts';

/** Newest cycles among which a misspelt id is looked for. */
const CYCLES_MAX = 2_000;

/** What to say to a misspelt name: the one that was meant, when one is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === null ? '' : `; did you mean "${nearest}"?`;
}

/** @returns the refusal of a cycle id that the store does not know. */
export async function unknownCycle(client: Queryable, id: string): Promise<CommandError> {
  const { rows } = await client.query<{ id: string }>(
    'select cycle_id as id from cycles order by started_at desc limit $1',
    [CYCLES_MAX],
  );
  const known = rows.map((row) => row.id);
  // The window alone is what people remember and lists show.
  const suffix = known.find((each) => each.endsWith(`/${id}`));
  const hint = suffix === undefined ? didYouMean(id, known) : `; did you mean "${suffix}"?`;
  return new CommandError(
    CommandExitCode.BadInput,
    `there is no cycle "${id}"${hint}${hint === '' ? '; `strategy-loop cycle list` prints the ids' : ''}`,
  );
}

/**
 * Refuses a strategy that is not registered, so that a misspelt one is not an empty list.
 *
 * @throws {CommandError} that names the nearest one, or all.
 */
export async function requireStrategy(client: Queryable, id: string | undefined): Promise<void> {
  if (id === undefined) return;
  const known = await listStrategyIds(client);
  if (known.includes(id)) return;
  const hint = didYouMean(id, known);
  const all = `; registered: ${known.slice(0, 20).join(', ') || 'none yet'}`;
  throw new CommandError(
    CommandExitCode.BadInput,
    `--strategy: "${id}" is not registered${hint === '' ? all : hint}`,
  );
}
