import { chmod, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../../infra/local/cache-directory.ts';
import { defaultDataDirectory, openDataDirectory } from '../../infra/local/data-directory.ts';
import { DataDirectoryError } from '../../infra/local/data-directory-error.ts';
import { packageRoot } from '../../infra/local/package-root.ts';
import { removeDataDirectory } from '../../infra/local/remove-data-directory.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;

let directory: string;

beforeEach(async () => {
  directory = await scratchDirectory('data-directory');
});

/** Root may write everywhere, so the refusal is seen with another user's eyes. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  if (isRoot) {
    process.seteuid?.(NOBODY);
  }
  try {
    return await work();
  } finally {
    if (isRoot) {
      process.seteuid?.(0);
    }
  }
}

describe('openDataDirectory', () => {
  it('makes the directory and its folders, and accepts it the next time', async () => {
    const root = join(directory, 'new', 'data');

    const layout = await openDataDirectory(root);
    const again = await openDataDirectory(root);

    expect(again).toEqual(layout);
    expect((await readdir(root)).sort()).toEqual([
      'artifacts',
      'jobs',
      'logs',
      'strategy-loop.json',
      'temporal',
    ]);
  });

  it('refuses a path that cannot be written, and says how to go on', async () => {
    await chmod(directory, 0o555);

    const opening = asOrdinaryUser(() => openDataDirectory(join(directory, 'data')));

    await expect(opening).rejects.toThrow(DataDirectoryError);
    await expect(opening).rejects.toThrow(/permission denied; choose another one with --data-dir/);
    await chmod(directory, 0o755);
  });

  it('refuses a data directory that has become read-only', async () => {
    const { root } = await openDataDirectory(join(directory, 'data'));
    await chmod(root, 0o555);

    const opening = asOrdinaryUser(() => openDataDirectory(root));

    await expect(opening).rejects.toThrow('permission denied');
    await chmod(root, 0o755);
  });

  it('refuses a file', async () => {
    await writeFile(join(directory, 'file'), '');

    await expect(openDataDirectory(join(directory, 'file'))).rejects.toThrow('it is a file');
    await expect(openDataDirectory(join(directory, 'file', 'x'))).rejects.toThrow(
      'a part of the path is a file',
    );
  });

  it("leaves somebody else's directory alone", async () => {
    await writeFile(join(directory, 'thesis.tex'), 'years of work');

    await expect(openDataDirectory(directory)).rejects.toThrow('holds other files');
    expect(await readdir(directory)).toEqual(['thesis.tex']);
  });
});

describe('removeDataDirectory', () => {
  it('deletes a data directory with its cluster in the cache, and again does nothing', async () => {
    const layout = await openDataDirectory(join(directory, 'data'));
    const cluster = join(directory, 'cluster');
    await mkdir(cluster);
    await writeFile(layout.postgresLocationFile, JSON.stringify({ directory: cluster }));

    await removeDataDirectory(layout.root);
    await removeDataDirectory(layout.root);

    expect(await readdir(directory)).toEqual([]);
  });

  it("never deletes somebody else's files", async () => {
    await writeFile(join(directory, 'thesis.tex'), 'years of work');

    await expect(removeDataDirectory(directory)).rejects.toThrow(DataDirectoryError);
    expect((await stat(join(directory, 'thesis.tex'))).size).toBe(13);
  });
});

describe('default directories', () => {
  it('follow the environment', () => {
    expect(defaultDataDirectory({ STRATEGY_LOOP_DATA: '/srv/loop' })).toBe('/srv/loop');
    expect(cacheDirectory({ STRATEGY_LOOP_CACHE: '/srv/cache' })).toBe('/srv/cache');
  });

  it('lie in the usual places', () => {
    const ofUser = { data: '/x/data/strategy-loop', cache: '/x/cache/strategy-loop' };
    const ofRoot = { data: '/var/lib/strategy-loop', cache: '/var/cache/strategy-loop' };

    expect({
      data: defaultDataDirectory({ XDG_DATA_HOME: '/x/data' }),
      cache: cacheDirectory({ XDG_CACHE_HOME: '/x/cache' }),
    }).toEqual(isRoot ? ofRoot : ofUser);
  });
});

describe('packageRoot', () => {
  it('is the directory of our package.json, from sources and from the build', () => {
    const root = packageRoot();

    expect(packageRoot(new URL('../../package.json', import.meta.url).href)).toBe(root);
    expect(packageRoot(`file://${root}/dist/infra/local/package-root.js`)).toBe(root);
    expect(() => packageRoot('file:///usr/lib/x.js')).toThrow('no package.json of strategy-loop');
  });
});
