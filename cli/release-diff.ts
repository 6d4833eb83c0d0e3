import type { Content } from './release-content.ts';

/** Where a difference belongs. */
export type DiffArea =
  'parameters' | 'model' | 'features' | 'dataset' | 'training' | 'code' | 'costs' | 'provenance';

/** One value that is not the same. Null stands for "there is none". */
export interface Difference {
  readonly area: DiffArea;
  /** Path of the value, e.g. `parameters.rsiPeriod`. */
  readonly name: string;
  readonly a: unknown;
  readonly b: unknown;
}

const AREAS: Readonly<Record<string, DiffArea>> = {
  strategyId: 'code',
  parameters: 'parameters',
  modelSha256: 'model',
  featureSpec: 'features',
  datasetId: 'dataset',
  labelHorizonBars: 'training',
  trainWindow: 'training',
  holdoutBars: 'training',
  trainer: 'training',
  seed: 'training',
  gatePolicyVersion: 'training',
  trialCount: 'training',
  parent: 'provenance',
  strategySource: 'code',
  trainerLock: 'code',
  engineVersion: 'code',
  costModel: 'costs',
};

/** What people call a value whose name in the manifest says little outside of it. */
const LABELS: Readonly<Record<string, string>> = {
  modelSha256: 'model',
  'featureSpec.names': 'features',
  'featureSpec.warmUpBars': 'warm-up bars',
  datasetId: 'dataset',
  labelHorizonBars: 'label horizon in bars',
  'trainWindow.from': 'trained from',
  'trainWindow.to': 'trained to',
  trialCount: 'lineage trials',
  parent: 'champion before it',
  strategySource: "strategy's source",
  trainerLock: "trainer's packages",
  engineVersion: 'engine',
  cycleId: 'made by',
  publishedAt: 'published',
};

/**
 * The name of a value as it is written by people: parameters and settings as in `--params` and the
 * settings file, other values in words.
 */
export function labelOf(name: string): string {
  return LABELS[name] ?? name.replace(/^parameters\./, '');
}

const ORDER: readonly DiffArea[] = [
  ...(['parameters', 'model', 'features', 'dataset', 'training', 'code', 'costs'] as const),
  'provenance',
];

/**
 * Everything in which two releases differ, by area. A field of the manifest that has no area yet is
 * shown with the code, so that nothing is hidden.
 */
export function diffReleases(a: Content, b: Content): Difference[] {
  const found = compare('', a.manifest, b.manifest).map((each) => ({
    area: AREAS[each.name.split('.')[0] ?? ''] ?? ('code' as const),
    ...each,
  }));
  const made = compare('', provenanceOf(a), provenanceOf(b)).map((each) => ({
    area: 'provenance' as const,
    ...each,
  }));
  return [...found, ...made].sort((x, y) => ORDER.indexOf(x.area) - ORDER.indexOf(y.area));
}

function provenanceOf({ provenance, publishedAt, cycleId }: Content): Record<string, unknown> {
  return {
    cycleId,
    actor: provenance?.actor ?? null,
    launcher: provenance?.launcher ?? null,
    host: provenance?.host ?? null,
    image: provenance?.image ?? null,
    publishedAt,
  };
}

function compare(path: string, a: unknown, b: unknown): Omit<Difference, 'area'>[] {
  if (isRecord(a) && isRecord(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return names.flatMap((name) =>
      compare(path === '' ? name : `${path}.${name}`, a[name] ?? null, b[name] ?? null),
    );
  }
  // Lists hold names in an order that matters, and are short.
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ name: path, a, b }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
