import { Channel, ReleaseManifest } from '../../schemas/release.ts';
import type { Provenance, Release } from '../../schemas/release.ts';
import type { Queryable } from './pool.ts';

/** A release with what is known about its making. */
export interface StoredRelease extends Release {
  readonly provenance: Provenance;
  readonly publishedAt: string;
}

/** Channel and the releases it points to, read in one statement so that they belong together. */
export interface ChannelView {
  readonly channel: Channel;
  readonly stable: Release | null;
  readonly candidate: Release | null;
}

interface ReleaseRow {
  version: number;
  releaseId: string;
  manifest: unknown;
}

function toRelease(row: ReleaseRow): Release {
  return {
    version: row.version,
    releaseId: row.releaseId,
    manifest: ReleaseManifest.parse(row.manifest),
  };
}

const RELEASE_JSON = (alias: string): string =>
  `case when ${alias}.version is not null then jsonb_build_object('version', ${alias}.version,
     'releaseId', ${alias}.release_id, 'manifest', ${alias}.manifest) end`;

/** Reads a channel and its releases in one statement. Null when the strategy has no channel. */
export async function readChannel(
  client: Queryable,
  strategyId: string,
): Promise<ChannelView | null> {
  const { rows } = await client.query<{
    channel: unknown;
    stable: ReleaseRow | null;
    candidate: ReleaseRow | null;
  }>(
    `select jsonb_build_object('strategyId', c.strategy_id, 'stable', c.stable,
         'candidate', c.candidate, 'weight', c.weight, 'salt', c.salt,
         'generation', c.generation) as channel,
       ${RELEASE_JSON('s')} as stable, ${RELEASE_JSON('n')} as candidate
     from channels c
       left join releases s on (s.strategy_id, s.version) = (c.strategy_id, c.stable)
       left join releases n on (n.strategy_id, n.version) = (c.strategy_id, c.candidate)
     where c.strategy_id = $1`,
    [strategyId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    channel: Channel.parse(row.channel),
    stable: row.stable === null ? null : toRelease(row.stable),
    candidate: row.candidate === null ? null : toRelease(row.candidate),
  };
}

/** Releases of a strategy (or of all), oldest first. */
export function listReleases(
  client: Queryable,
  strategyId: string | null,
): Promise<StoredRelease[]> {
  return selectReleases(client, '$1::text is null or strategy_id = $1', [strategyId]);
}

export async function readRelease(
  client: Queryable,
  strategyId: string,
  version: number,
): Promise<StoredRelease | null> {
  const values = [strategyId, version];
  const found = await selectReleases(client, 'strategy_id = $1 and version = $2', values);
  return found[0] ?? null;
}

/** The release that has this content, or null when it was never published. */
export async function findRelease(
  client: Queryable,
  strategyId: string,
  releaseId: string,
): Promise<StoredRelease | null> {
  const values = [strategyId, releaseId];
  const found = await selectReleases(client, 'strategy_id = $1 and release_id = $2', values);
  return found[0] ?? null;
}

async function selectReleases(
  client: Queryable,
  condition: string,
  values: readonly unknown[],
): Promise<StoredRelease[]> {
  const { rows } = await client.query<ReleaseRow & { provenance: Provenance; publishedAt: string }>(
    `select version, release_id as "releaseId", manifest, provenance,
       published_at as "publishedAt"
     from releases where ${condition} order by strategy_id, version`,
    [...values],
  );
  return rows.map((row) => ({
    ...toRelease(row),
    provenance: row.provenance,
    publishedAt: row.publishedAt,
  }));
}

/** Bytes of a published model. @throws {Error} when there is none of that hash. */
export async function readModel(client: Queryable, sha256: string): Promise<Buffer> {
  const { rows } = await client.query<{ bytes: Buffer }>(
    'select bytes from models where sha256 = $1',
    [sha256],
  );
  if (rows[0] === undefined) throw new Error(`model ${sha256} is not in the store`);
  return rows[0].bytes;
}
