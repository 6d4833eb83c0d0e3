import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { ReleaseManifest } from '../../schemas/release.ts';
import type { Provenance, Release } from '../../schemas/release.ts';
import type { Queryable, StorePool } from './pool.ts';
import { inTransaction } from './transaction.ts';

/** Name of the Postgres notification that follows every move of a channel. */
export const CHANNEL_MOVED = 'strategy_loop_channel_moved';

/** The channel moved since it was read: somebody else published first. */
export class GenerationConflictError extends Error {
  override readonly name = 'GenerationConflictError';

  constructor(strategyId: string, expected: number) {
    super(
      `the channel of ${strategyId} is no longer at generation ${String(expected)}; ` +
        'read it again and decide anew',
    );
  }
}

/** SHA-256 of the manifest's canonical JSON (RFC 8785): the releaseId. */
export function releaseIdOf(manifest: ReleaseManifest): string {
  const text = canonicalize(ReleaseManifest.parse(manifest));
  if (text === undefined) throw new Error('a manifest has a canonical form');
  return createHash('sha256').update(text).digest('hex');
}

export interface Publication {
  readonly manifest: ReleaseManifest;
  /** Bytes of the model that the manifest names; null when it names none. */
  readonly model: Uint8Array | null;
  readonly provenance: Omit<Provenance, 'publishedAt'>;
  readonly reason: string;
  /** Generation of the channel that the decision was based on. */
  readonly expectedGeneration: number;
}

export interface Published {
  readonly release: Release;
  readonly generation: number;
  /** False when this very release had been published before: nothing moved now. */
  readonly isNew: boolean;
}

/**
 * Publishes a release and makes it the stable one, in one transaction: insert model and release,
 * compare-and-set the channel, append to its history, notify. A reader sees all of it or nothing.
 *
 * Publishing the same content again answers with the release that is there, so a caller that did
 * not learn the outcome may simply try again.
 *
 * @throws {GenerationConflictError} when the channel moved since `expectedGeneration`.
 */
export async function publish(pool: StorePool, publication: Publication): Promise<Published> {
  return inTransaction(pool, (client) => publishIn(client, publication));
}

async function publishIn(client: Queryable, publication: Publication): Promise<Published> {
  const { manifest } = publication;
  const releaseId = releaseIdOf(manifest);
  // The lock orders publishers; the compare-and-set below decides between them.
  const { rows } = await client.query<{ generation: number }>(
    'select generation from channels where strategy_id = $1 for update',
    [manifest.strategyId],
  );
  const generation = rows[0]?.generation;
  if (generation === undefined) throw new Error(`${manifest.strategyId} has no channel`);
  const earlier = await client.query<{ version: number }>(
    'select version from releases where strategy_id = $1 and release_id = $2',
    [manifest.strategyId, releaseId],
  );
  if (earlier.rows[0] !== undefined) {
    const release = { releaseId, version: earlier.rows[0].version, manifest };
    return { release, generation, isNew: false };
  }
  const version = await insertRelease(client, releaseId, publication);
  const moved = await client.query<{ generation: number }>(
    `update channels
     set stable = $3, candidate = null, weight = 0, generation = generation + 1
     where strategy_id = $1 and generation = $2 returning generation`,
    [manifest.strategyId, publication.expectedGeneration, version],
  );
  if (moved.rows[0] === undefined) {
    throw new GenerationConflictError(manifest.strategyId, publication.expectedGeneration);
  }
  await client.query(
    `insert into channel_history (strategy_id, generation, stable, candidate, weight, salt, reason,
       actor, cycle_id)
     select strategy_id, generation, stable, candidate, weight, salt, $2, $3, $4
     from channels where strategy_id = $1`,
    [
      manifest.strategyId,
      publication.reason,
      publication.provenance.actor,
      publication.provenance.cycleId,
    ],
  );
  await client.query('select pg_notify($1, $2)', [CHANNEL_MOVED, manifest.strategyId]);
  return {
    release: { releaseId, version, manifest },
    generation: moved.rows[0].generation,
    isNew: true,
  };
}

async function insertRelease(
  client: Queryable,
  releaseId: string,
  { manifest, model, provenance }: Publication,
): Promise<number> {
  if (model !== null) {
    await client.query(
      'insert into models (sha256, bytes) values ($1, $2) on conflict (sha256) do nothing',
      [manifest.modelSha256, model],
    );
  }
  const { rows } = await client.query<{ version: number }>(
    `insert into releases (strategy_id, version, release_id, manifest, model_sha256, provenance)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4,
       $5::jsonb || jsonb_build_object('publishedAt',
         to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
     from releases where strategy_id = $1
     returning version`,
    [
      manifest.strategyId,
      releaseId,
      JSON.stringify(manifest),
      manifest.modelSha256,
      JSON.stringify(provenance),
    ],
  );
  if (rows[0] === undefined) throw new Error('insert into releases returned no row');
  return rows[0].version;
}
