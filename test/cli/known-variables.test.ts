import { unknownVariables } from '../../cli/known-variables.ts';
import { repositoryFiles, textOf } from '../support/repository.ts';

/** Variables that the program's own rooms, its deployments and its scripts name. */
function namedInSources(): string[] {
  const files = repositoryFiles().filter((path) =>
    /^(adapters|activities|cli|infra|jobs|schemas|scripts|workers)\/.*\.(ts|js|yaml|hcl|sh)$/.test(
      path,
    ),
  );
  const names = files.flatMap(
    (path) => textOf(path).match(/\bSTRATEGY_LOOP_[A-Z_]*[A-Z]\b/g) ?? [],
  );
  return [...new Set(names)];
}

describe('unknownVariables', () => {
  it('knows every variable that the sources name', () => {
    const named = namedInSources();

    expect(named.length).toBeGreaterThan(20);
    expect(unknownVariables(Object.fromEntries(named.map((name) => [name, 'x'])))).toEqual([]);
  });

  it('tells of a misspelt one, and of no other', () => {
    const environment = { PATH: '/bin', STRATEGY_LOOP_LOG_LEVELS: 'debug', OTHER_THING: '1' };

    expect(unknownVariables(environment)).toEqual([
      'nothing reads the variable STRATEGY_LOOP_LOG_LEVELS; did you mean STRATEGY_LOOP_LOG_LEVEL?',
    ]);
  });
});
