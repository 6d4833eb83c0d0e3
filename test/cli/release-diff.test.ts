import type { Content } from '../../cli/release-content.ts';
import { diffReleases, labelOf } from '../../cli/release-diff.ts';
import { ReleaseManifest } from '../../schemas/release.ts';
import { aManifest, sha } from '../support/releases.ts';

function content(overrides: Partial<ReleaseManifest> = {}, more: Partial<Content> = {}): Content {
  return {
    id: sha('id'),
    strategyId: 'rsi-macd',
    version: 1,
    manifest: aManifest(overrides),
    provenance: { cycleId: 'c', actor: 'ada', launcher: 'process', host: 'h', publishedAt: 't' },
    publishedAt: 't',
    cycleId: 'c',
    ...more,
  };
}

describe('diffReleases', () => {
  it('finds nothing in a release and itself', () => {
    expect(diffReleases(content(), content())).toEqual([]);
  });

  it('names what differs, part by part', () => {
    const b = content({
      parameters: { rsiPeriod: 21, macd: true },
      modelSha256: sha('model'),
      datasetId: sha('other'),
      featureSpec: { names: ['rsi'], warmUpBars: 0 },
      trainWindow: { from: '2009-01-01', to: '2012-01-01' },
    });

    const found = diffReleases(content(), b);

    expect(found.map(({ area, name }) => `${area} ${name}`)).toEqual([
      'parameters parameters.rsiPeriod',
      'parameters parameters.macd',
      'model modelSha256',
      'features featureSpec.names',
      'dataset datasetId',
      'training trainWindow.from',
    ]);
    expect(found[1]).toMatchObject({ a: null, b: true });
  });

  it('is told in the words in which people wrote the values', () => {
    const names = ['parameters.rsiPeriod', 'trainer.candidates', 'trainWindow.from', 'modelSha256'];

    expect(names.map(labelOf)).toEqual([
      ...['rsiPeriod', 'trainer.candidates', 'trained from', 'model'],
    ]);
  });

  it('tells who made them apart from what they are', () => {
    const b = content({}, { version: null, provenance: null, publishedAt: null, cycleId: 'd' });

    expect(new Set(diffReleases(content(), b).map(({ area }) => area))).toEqual(
      new Set(['provenance']),
    );
  });

  // Would notice a field of the manifest that the comparison leaves out.
  it.each(Object.keys(ReleaseManifest.shape))('sees a change of %s', (field) => {
    const changed = { ...aManifest(), [field]: 'changed' };

    expect(diffReleases(content(), { ...content(), manifest: changed })).not.toEqual([]);
  });
});
