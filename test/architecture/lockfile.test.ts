import { textOf } from '../support/repository.ts';

interface Entry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, Entry>>;
}

describe('package-lock.json', () => {
  // npm leaves out platform packages that its registry does not carry, and `npm ci` then refuses
  // the lockfile on every machine.
  it('has an entry for every optional package, of whichever platform', () => {
    expect(missingFrom(JSON.parse(textOf('package-lock.json')) as Lockfile)).toEqual([]);
  });

  it('is found out when one is missing', () => {
    const packages = {
      'node_modules/a': { optionalDependencies: { '@a/mac': '1.0.0', b: '1.0.0', c: '1.0.0' } },
      'node_modules/a/node_modules/b': {},
      'node_modules/c': {},
    };

    expect(missingFrom({ packages })).toEqual(['@a/mac of node_modules/a']);
  });
});

function missingFrom({ packages }: Lockfile): string[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !foldersAbove(path).some((folder) => `${folder}${name}` in packages))
      .map((name) => `${name} of ${path}`),
  );
}

/** Where Node.js looks for a package that is required from a path, nearest first. */
function foldersAbove(path: string): string[] {
  const parts = path.split('/node_modules/');
  const nested = parts.map(
    (_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/node_modules/`,
  );
  return [...nested.reverse(), 'node_modules/'];
}
