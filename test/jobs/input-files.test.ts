import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadInputError } from '../../jobs/contract/job-error.ts';
import { readInputFiles } from '../../jobs/contract/job-files.ts';
import { OutputFiles } from '../../jobs/contract/output-files.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const TEXT = 'a file that is not kept';
const SHA = createHash('sha256').update(TEXT).digest('hex');
/** Smaller than the file: it is streamed and checked at its end. */
const STREAMED = { keptBytesMax: 4 };

async function textOf(chunks: AsyncIterable<Buffer> | null): Promise<string> {
  let text = '';
  for await (const chunk of chunks ?? []) text += chunk.toString('utf8');
  return text;
}

describe('readInputFiles', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await scratchDirectory('input-files');
    writeFileSync(join(directory, 'feed.csv'), TEXT);
  });

  it.each([
    ['a small file', {}],
    ['a file that is streamed', STREAMED],
  ])('gives %s whole and in pieces', async (_what, options) => {
    const files = await readInputFiles(directory, { 'feed.csv': SHA }, options);

    expect(await textOf(files.chunks('feed.csv'))).toBe(TEXT);
    expect(Buffer.from(files.read('feed.csv') ?? []).toString()).toBe(TEXT);
    expect([files.read('other.csv'), files.chunks('other.csv')]).toEqual([null, null]);
  });

  it('notices at its end that a streamed file is another one', async () => {
    const files = await readInputFiles(directory, { 'feed.csv': 'a'.repeat(64) }, STREAMED);

    await expect(textOf(files.chunks('feed.csv'))).rejects.toThrow(BadInputError);
    expect(() => files.read('feed.csv')).toThrow(BadInputError);
  });

  it.each([
    ['is another one', 'feed.csv', {}],
    ['is missing', 'gone.csv', STREAMED],
  ])('notices before the job begins that a file %s', async (_what, name, options) => {
    const listed = { [name]: 'a'.repeat(64) };

    await expect(readInputFiles(directory, listed, options)).rejects.toThrow(BadInputError);
  });
});

describe('OutputFiles', () => {
  it('gives a file that is written in pieces its name in the end only', async () => {
    const directory = await scratchDirectory('output-files');
    const files = new OutputFiles(directory);
    const file = await files.open('bars.csv');

    await file.write('a file that ');
    await file.write(Buffer.from('is not kept'));
    expect(readdirSync(directory)).toEqual(['bars.csv.tmp']);

    expect(await file.finish()).toBe(SHA);
    expect(readdirSync(directory)).toEqual(['bars.csv']);
    expect(files.hashes()).toEqual({ 'bars.csv': SHA });
  });

  it('takes away what is discarded', async () => {
    const directory = await scratchDirectory('output-files');
    const files = new OutputFiles(directory);
    const file = await files.open('bars.csv');

    await file.write('half');
    await file.discard();

    expect(readdirSync(directory)).toEqual([]);
    expect(files.hashes()).toEqual({});
  });
});
