import { challengersLike } from '../adapters/postgres/challenger-list.ts';
import { readChallenger } from '../adapters/postgres/challengers.ts';
import type { Queryable } from '../adapters/postgres/pool.ts';
import { findRelease, listReleases, readRelease } from '../adapters/postgres/releases.ts';
import { CommandExitCode } from '../schemas/exit-code.ts';
import type { Provenance, ReleaseManifest } from '../schemas/release.ts';
import { CommandError } from './command-error.ts';

/** A release or a challenger: what it is, and how it came to be. */
export interface Content {
  /** Hash of the manifest: the release id, also of a challenger that was never published. */
  readonly id: string;
  readonly strategyId: string;
  /** Null for a challenger that was not published. */
  readonly version: number | null;
  readonly manifest: ReleaseManifest;
  /** Null for a challenger that was not published. */
  readonly provenance: Provenance | null;
  readonly publishedAt: string | null;
  /** The cycle or retrain that made it. */
  readonly cycleId: string;
}

const ID_PREFIX = /^[0-9a-f]{6,64}$/;
const HOW =
  'name it as <strategy>@<number>, as <number> with --strategy, or by the first 6 or more characters of its id';

/**
 * Finds a release or a challenger by what a person types: `rsi-macd@3`, `3` beside `--strategy`, or
 * the first characters of its id.
 *
 * @throws {CommandError} when nothing, or more than one, is meant.
 */
export async function findContent(
  client: Queryable,
  text: string,
  strategyId: string | undefined,
): Promise<Content> {
  const [, named, number] = /^(?:(.+)@)?(\d{1,9})$/.exec(text) ?? [];
  const strategy = named ?? strategyId;
  if (number !== undefined && strategy !== undefined) {
    return byNumber(client, strategy, Number(number));
  }
  if (!ID_PREFIX.test(text)) {
    throw new CommandError(CommandExitCode.BadInput, `"${text}" names no release: ${HOW}`);
  }
  const ids = await challengersLike(client, text);
  const [id] = ids;
  if (id === undefined) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `no release or challenger has an id that begins with "${text}"; ` +
        'see `strategy-loop release list` and `strategy-loop challenger list`',
    );
  }
  if (ids.length > 1) {
    const more = ids.map((each) => each.slice(0, text.length + 4)).join(', ');
    throw new CommandError(
      CommandExitCode.BadInput,
      `"${text}" is the beginning of several ids (${more}, …); give more characters`,
    );
  }
  return byId(client, id);
}

async function byNumber(client: Queryable, strategyId: string, number: number): Promise<Content> {
  const release = await readRelease(client, strategyId, number);
  if (release === null) {
    const own = await listReleases(client, strategyId);
    const last = own.at(-1)?.version;
    throw new CommandError(
      CommandExitCode.BadInput,
      `${strategyId} has no release ${String(number)}; ` +
        (last === undefined ? 'it has none' : `it has 1 to ${String(last)}`),
    );
  }
  const { releaseId: id, version, manifest, provenance, publishedAt } = release;
  const { cycleId } = provenance;
  return { id, strategyId, version, manifest, provenance, publishedAt, cycleId };
}

async function byId(client: Queryable, id: string): Promise<Content> {
  const { strategyId, manifest, cycleId } = await readChallenger(client, id);
  const release = await findRelease(client, strategyId, id);
  return {
    id,
    strategyId,
    version: release?.version ?? null,
    manifest,
    provenance: release?.provenance ?? null,
    publishedAt: release?.publishedAt ?? null,
    cycleId,
  };
}
