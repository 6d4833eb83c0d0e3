import type { ArtifactStore } from '../adapters/artifacts/artifact-store.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';

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
  /** `host:port` that every network feed may reach beside its own host. */
  readonly feedHosts?: readonly string[];
}
