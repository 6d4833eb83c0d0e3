import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFiles, ROOT, textOf } from '../support/repository.ts';

const manifest = JSON.parse(textOf('package.json')) as {
  readonly scripts: Readonly<Record<string, string>>;
};
const scripts = Object.entries(manifest.scripts);

describe('package.json', () => {
  it('names only files that exist', () => {
    const named = scripts.flatMap(
      ([, command]) => command.match(/(?<![\w./-])[\w./-]+\.(js|cjs)\b/g) ?? [],
    );
    const sources = named.map((path) => path.replace(/^dist\/(.*)\.js$/, '$1.ts'));

    expect(sources.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('builds before everything that runs from dist/', () => {
    const unbuilt = scripts.filter(
      ([name, command]) =>
        command.includes(' dist/') &&
        !command.includes('scripts/build.js') &&
        !manifest.scripts[`pre${name}`]?.includes('scripts/build.js'),
    );

    expect(unbuilt).toEqual([]);
  });
});

describe('CONTRIBUTING.md', () => {
  it('has one line for each script that people run', () => {
    // npm itself runs prepare and the pre… scripts.
    const forPeople = scripts.map(([name]) => name).filter((name) => !name.startsWith('pre'));

    const rows = [...textOf('CONTRIBUTING.md').matchAll(/^\| `npm (?:run )?([\w:-]+)` \|/gm)];

    expect(rows.map((row) => row[1]).sort()).toEqual(forPeople.sort());
  });

  it('has a row for each room that exists', () => {
    const rooms = new Set(
      repositoryFiles().flatMap((path) => /^([a-z]+)\/.*\.ts$/.exec(path)?.[1] ?? []),
    );

    expect([...rooms].filter((room) => !textOf('CONTRIBUTING.md').includes(`\`${room}/`))).toEqual(
      [],
    );
  });
});
