import {
  publish,
  GenerationConflictError,
  releaseIdOf,
} from '../../../adapters/postgres/publish.ts';
import type { Publication, Published } from '../../../adapters/postgres/publish.ts';
import { createPool } from '../../../adapters/postgres/pool.ts';
import type { StorePool } from '../../../adapters/postgres/pool.ts';
import { readChannel } from '../../../adapters/postgres/releases.ts';
import { aManifest, aRetrainCycle, passGate } from '../../support/releases.ts';
import { openTestStore, registerTestStrategy } from '../../support/store.ts';
import type { TestStore } from '../../support/store.ts';

const PUBLISHERS = 8;
const READERS = 32;
const STRATEGY = 'rsi-macd';

type Publish = (pool: StorePool, publication: Publication) => Promise<Published>;

interface Outcome {
  readonly acknowledged: readonly { generation: number; releaseId: string }[];
  readonly conflicts: number;
  readonly reads: number;
  readonly torn: number;
  readonly backwards: number;
}

let holdoutDay = 0;

function publicationAt(cycleId: string, generation: number, publisher: number): Publication {
  return {
    // The seed names the generation that this release is meant for, so that a reader can tell a
    // release that does not belong to the generation beside it.
    manifest: aManifest({ seed: generation + 1, parameters: { publisher, holdoutDay } }),
    model: null,
    provenance: {
      cycleId,
      actor: `publisher ${String(publisher)}`,
      launcher: 'process',
      host: 'h',
    },
    reason: 'test',
    expectedGeneration: generation,
  };
}

async function race(store: TestStore, publishOne: Publish, durationMs: number): Promise<Outcome> {
  const pool = createPool(store.url, { max: PUBLISHERS + READERS });
  const cycleId = await aRetrainCycle(pool, STRATEGY);
  const acknowledged: { generation: number; releaseId: string }[] = [];
  let conflicts = 0;
  let reads = 0;
  let torn = 0;
  let backwards = 0;
  const end = Date.now() + durationMs;

  async function publisher(number: number): Promise<void> {
    while (Date.now() < end) {
      const generation = (await readChannel(pool, STRATEGY))?.channel.generation ?? 0;
      holdoutDay += 1;
      const publication = publicationAt(cycleId, generation, number);
      await passGate(pool, cycleId, publication.manifest, holdoutDay);
      try {
        const published = await publishOne(pool, publication);
        acknowledged.push({
          generation: published.generation,
          releaseId: published.release.releaseId,
        });
      } catch (error) {
        if (!(error instanceof GenerationConflictError)) throw error;
        conflicts += 1;
      }
    }
  }

  async function reader(): Promise<void> {
    let seen = 0;
    while (Date.now() < end) {
      const view = await readChannel(pool, STRATEGY);
      reads += 1;
      if (view === null || view.stable === null) continue;
      const { channel, stable } = view;
      const isWhole =
        stable.manifest.seed === channel.generation &&
        stable.version === channel.stable &&
        stable.releaseId === releaseIdOf(stable.manifest);
      if (!isWhole) torn += 1;
      if (channel.generation < seen) backwards += 1;
      seen = channel.generation;
    }
  }

  await Promise.all([
    ...Array.from({ length: PUBLISHERS }, (_, number) => publisher(number)),
    ...Array.from({ length: READERS }, reader),
  ]);
  await pool.end();
  return { acknowledged, conflicts, reads, torn, backwards };
}

/** The planted bug: release and pointer in one transaction, generation and history in another. */
async function publishInTwoTransactions(
  pool: StorePool,
  publication: Publication,
): Promise<Published> {
  const { manifest, expectedGeneration } = publication;
  const releaseId = releaseIdOf(manifest);
  const { rows } = await pool.query<{ version: number }>(
    `with release as (
       insert into releases (strategy_id, version, release_id, manifest, provenance)
       select $1, coalesce(max(version), 0) + 1, $2, $3, '{}' from releases where strategy_id = $1
       on conflict do nothing returning version)
     update channels set stable = release.version from release
     where strategy_id = $1 and generation = $4 returning release.version`,
    [manifest.strategyId, releaseId, JSON.stringify(manifest), expectedGeneration],
  );
  const version = rows[0]?.version;
  if (version === undefined) {
    throw new GenerationConflictError(manifest.strategyId, expectedGeneration);
  }
  await pool.query('update channels set generation = generation + 1 where strategy_id = $1', [
    manifest.strategyId,
  ]);
  return {
    release: { releaseId, version, manifest },
    generation: expectedGeneration + 1,
    isNew: true,
  };
}

describe('publish', () => {
  let store: TestStore;

  beforeEach(async () => {
    store = await openTestStore();
    await registerTestStrategy(store.pool, STRATEGY);
  });
  afterEach(() => store.close());

  it('is atomic for 8 publishers and 32 readers over 10 s', async () => {
    const outcome = await race(store, publish, 10_000);

    // On a busy machine it may be few, but a race without winners, losers or readers shows nothing.
    expect(outcome.acknowledged.length).toBeGreaterThan(3);
    expect(outcome.conflicts).toBeGreaterThan(3);
    expect(outcome.reads).toBeGreaterThan(200);
    expect({ torn: outcome.torn, backwards: outcome.backwards }).toEqual({ torn: 0, backwards: 0 });
    const { rows } = await store.pool.query<{ generation: number; releaseId: string }>(
      `select generation, release_id as "releaseId"
       from channel_history join releases
         on (releases.strategy_id, version) = (channel_history.strategy_id, stable)
       order by generation`,
    );
    const expected = [...outcome.acknowledged].sort((a, b) => a.generation - b.generation);
    expect(rows).toEqual(expected);
    expect((await readChannel(store.pool, STRATEGY))?.channel.generation).toBe(expected.length);
  }, 60_000);

  it('would be caught if it used two transactions', async () => {
    const outcome = await race(store, publishInTwoTransactions, 2_000);

    expect(outcome.torn).toBeGreaterThan(0);
  }, 60_000);

  it('lets exactly one of 8 publishers on the same generation win', async () => {
    const cycleId = await aRetrainCycle(store.pool, STRATEGY);
    const publications = Array.from({ length: PUBLISHERS }, (_, number) => {
      holdoutDay += 1;
      return publicationAt(cycleId, 0, number);
    });
    for (const [index, { manifest }] of publications.entries()) {
      await passGate(store.pool, cycleId, manifest, 10_000 + index);
    }

    const results = await Promise.allSettled(publications.map((one) => publish(store.pool, one)));

    const errors = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as Error] : [],
    );
    expect(errors).toHaveLength(PUBLISHERS - 1);
    expect(errors.every((error) => error instanceof GenerationConflictError)).toBe(true);
  });

  it('answers a repeated publication with the release that is there', async () => {
    const cycleId = await aRetrainCycle(store.pool, STRATEGY);
    const publication = publicationAt(cycleId, 0, 0);
    await passGate(store.pool, cycleId, publication.manifest, 1);

    const first = await publish(store.pool, publication);
    const second = await publish(store.pool, publication);

    expect(first).toMatchObject({ generation: 1, isNew: true });
    expect(second).toMatchObject({ generation: 1, isNew: false, release: first.release });
  });

  it('is refused by the database for a release that has not passed the gate', async () => {
    const cycleId = await aRetrainCycle(store.pool, STRATEGY);

    await expect(publish(store.pool, publicationAt(cycleId, 0, 0))).rejects.toThrow(
      /violates foreign key constraint/,
    );
    expect((await readChannel(store.pool, STRATEGY))?.channel).toMatchObject({
      stable: null,
      generation: 0,
    });
  });
});

describe('releaseIdOf', () => {
  it('depends on content alone, not on the order of keys', () => {
    const manifest = aManifest({ parameters: { a: 1, b: 2 } });
    const reordered = {
      ...Object.fromEntries(Object.entries(manifest).reverse()),
    } as typeof manifest;

    expect(releaseIdOf({ ...reordered, parameters: { b: 2, a: 1 } })).toBe(releaseIdOf(manifest));
    expect(releaseIdOf(aManifest({ seed: 2 }))).not.toBe(releaseIdOf(aManifest({ seed: 1 })));
  });
});
