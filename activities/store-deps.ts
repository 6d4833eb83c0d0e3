import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import type { SourceHashes } from '../schemas/source-hashes.ts';

/** What the store activities need from outside. The worker supplies it, tests supply their own. */
export interface StoreDeps {
  readonly pool: StorePool;
  readonly artifacts: ArtifactStore;
  /** Wall clock. */
  readonly now: () => Date;
  /** Name of this machine, for provenance. */
  readonly host: string;
  /** Whether jobs may run a release with other code than it was made with; they refuse it otherwise. */
  readonly acceptsOtherCode?: boolean;
  /** This build, for jobs to compare with theirs; without it they compare nothing. */
  readonly sources?: Pick<SourceHashes, 'build' | 'contracts'>;
  /** `host:port` that every network feed may reach beside its own host. */
  readonly feedHosts?: readonly string[];
}
