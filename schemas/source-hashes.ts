import { z } from 'zod';

/** Name of the file in the build. */
export const SOURCE_HASHES_FILE = 'source-hashes.json';

/** What the build noted about its sources: those that decide how a release is made, and what jobs are asked. */
export const SourceHashes = z.strictObject({
  /** Of all sources of the engine. */
  engine: z.string().min(12),
  /** Of each strategy's file and the code that strategies share, by strategy id. */
  strategies: z.record(z.string(), z.string().min(1)),
  /** Of each trainer job's sources and the packages it writes models with, by job type. */
  trainers: z.record(z.string(), z.string().min(1)),
  /** Installed versions of those packages. */
  packages: z.record(z.string(), z.string()),
  /** Of what each job is asked and what it answers, by job type: two builds with one hash understand each other. */
  contracts: z.record(z.string(), z.string().min(1)),
  /** Of all of the above: which build this is. */
  build: z.string().min(12),
});
export type SourceHashes = z.infer<typeof SourceHashes>;
