import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findTemporalBinary, TemporalBinaryError } from '../../infra/local/temporal-binary.ts';
import type { Source } from '../../infra/local/temporal-binary.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

let directory: string;
let cacheBefore: string | undefined;

beforeEach(async () => {
  directory = await scratchDirectory('temporal-binary');
  cacheBefore = process.env['STRATEGY_LOOP_CACHE'];
  process.env['STRATEGY_LOOP_CACHE'] = join(directory, 'cache');
});

afterEach(() => {
  if (cacheBefore === undefined) {
    delete process.env['STRATEGY_LOOP_CACHE'];
  } else {
    process.env['STRATEGY_LOOP_CACHE'] = cacheBefore;
  }
});

const failing: Source = {
  title: 'the moon',
  fetch: () => Promise.reject(new Error('too far away')),
};

const working: Source = {
  title: 'a source',
  fetch: async (scratch) => {
    await writeFile(join(scratch, 'program'), '#!/bin/sh\n');
    return join(scratch, 'program');
  },
};

function find(sources: readonly Source[], path = ''): Promise<string> {
  return findTemporalBinary({ onProgress: () => undefined, sources, environment: { PATH: path } });
}

describe('findTemporalBinary', () => {
  it('takes the program on the PATH before anything else', async () => {
    const program = join(directory, 'temporal');
    await writeFile(program, '#!/bin/sh\n');
    await chmod(program, 0o755);

    expect(await find([failing], `/does/not/exist:${directory}`)).toBe(program);
  });

  it('passes over a directory and a file that cannot be run', async () => {
    await mkdir(join(directory, 'a', 'temporal'), { recursive: true });
    await mkdir(join(directory, 'b'));
    await writeFile(join(directory, 'b', 'temporal'), '');

    const path = `${join(directory, 'a')}:${join(directory, 'b')}`;
    expect(await find([working], path)).toBe(join(directory, 'cache', 'bin', 'temporal'));
  });

  it('goes on to the next source, keeps the program, and leaves nothing else', async () => {
    const program = await find([failing, working]);

    expect(program).toBe(join(directory, 'cache', 'bin', 'temporal'));
    expect(await readdir(join(directory, 'cache', 'bin'))).toEqual(['temporal']);
    // It is in the cache now: no source is asked any more.
    expect(await find([failing])).toBe(program);
  });

  it('says what was tried and how to go on when there is no way', async () => {
    const finding = find([failing]);

    await expect(finding).rejects.toThrow(TemporalBinaryError);
    await expect(finding).rejects.toThrow(/the PATH: it is not there\n.*the moon: too far away/);
    await expect(finding).rejects.toThrow(/TEMPORAL_ADDRESS/);
  });
});
