import { BadInputError } from '../../jobs/contract/job-error.ts';
import { requireCode } from '../../jobs/host/require-code.ts';
import { engineVersionOf } from '../../jobs/host/source-hashes.ts';

const HASHES = {
  engine: 'e'.repeat(64),
  strategies: { 'rsi-macd': 'a'.repeat(64) },
  trainers: {},
  packages: {},
  contracts: {},
  build: 'b',
};
const CODE = { strategySource: 'a'.repeat(64), engineVersion: engineVersionOf(HASHES) };
const RELEASE = { what: 'release 3', strategyId: 'rsi-macd' };

describe('requireCode', () => {
  it('lets a release run with the code that it was made with', () => {
    expect(() => {
      requireCode({ ...RELEASE, code: CODE }, HASHES);
    }).not.toThrow();
  });

  it.each([
    ['another engine', { ...CODE, engineVersion: '1+bbbbbbbbbbbb' }],
    ['another strategy', { ...CODE, strategySource: 'b'.repeat(64) }],
  ])('refuses a release that was made with %s, and says what to do', (_, code) => {
    const run = (): void => {
      requireCode({ ...RELEASE, code }, HASHES);
    };

    expect(run).toThrow(BadInputError);
    expect(run).toThrow(/^release 3 must run with .*bbbbbbbbbbbb.*; this build has .*aaaaaaaaaaaa/);
    expect(run).toThrow(/Run the image that made it, .*retrain .*ACCEPT_OTHER_CODE=1/);
  });

  it('refuses a strategy that the build does not have', () => {
    expect(() => {
      requireCode({ what: 'the challenger', strategyId: 'gone', code: CODE }, HASHES);
    }).toThrow(/^the challenger must run .* and strategy none\./);
  });

  it('lets any code run where that is accepted', () => {
    expect(() => {
      requireCode({ ...RELEASE, strategyId: 'gone' }, HASHES);
    }).not.toThrow();
  });
});
