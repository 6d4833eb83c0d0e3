import { z } from 'zod';

/**
 * Where strategies are looked for beside the installed ones. Only commands that run on a user's own
 * machine name any: what a worker runs is in its build.
 */
export const StrategyPlaces = z.strictObject({
  /** Absolute path that relative paths and packages are found from. */
  directory: z.string().min(1),
  /** Folders and files, as paths that begin with a dot or a slash, and names of packages. */
  entries: z.array(z.string().min(1)),
});
export type StrategyPlaces = z.infer<typeof StrategyPlaces>;

/** Where the code of a strategy that a user added lies. */
export const StrategySource = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string().min(1) }),
  /** A package as Node finds it from a folder. */
  z.strictObject({
    kind: z.literal('package'),
    name: z.string().min(1),
    directory: z.string().min(1),
  }),
]);
export type StrategySource = z.infer<typeof StrategySource>;

/** A source as messages name it. */
export function sourceName(source: StrategySource): string {
  return source.kind === 'file' ? source.path : `package ${source.name}`;
}
