import type { SourceHashes } from '../../schemas/source-hashes.ts';
import { JOB_TYPES } from '../../schemas/jobs/job-type.ts';
import { STRATEGIES } from '../../strategies/registry.ts';

/** Hashes as a build would have noted them, with made-up values. */
export const SOURCE_HASHES: SourceHashes = {
  engine: 'e'.repeat(64),
  strategies: Object.fromEntries(STRATEGIES.map(({ id }) => [id, `source of ${id}`])),
  trainers: { 'retrain/search': 'search lock', 'retrain/train': 'train lock' },
  packages: {},
  contracts: Object.fromEntries(
    Object.keys(JOB_TYPES).map((type) => [type, `contract of ${type}`]),
  ),
  build: 'b'.repeat(12),
};
