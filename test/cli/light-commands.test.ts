import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packagePath } from '../../cli/package-path.ts';
import { runCommand } from '../support/run-command.ts';
import { openTestStore } from '../support/store.ts';
import type { TestStore } from '../support/store.ts';

/** Tells at the end which of the heavy packages the process has loaded. */
const TELL = `
const { _cache } = require('node:module');
process.on('exit', () => {
  const of = (name) => Object.keys(_cache).some((path) => path.includes('/node_modules/' + name));
  const heavy = [
    ...['@temporalio/', '@temporalio/core-bridge', 'node-pg-migrate', 'onnxruntime-node'],
    ...['@aws-sdk/', '@smithy/'],
  ];
  process.stderr.write('LOADED ' + JSON.stringify(heavy.filter(of)) + '\\n');
});
`;

describe('commands that must be quick', () => {
  let store: TestStore;
  let directory: string;

  beforeAll(async () => {
    store = await openTestStore();
    directory = await mkdtemp(join(tmpdir(), 'light-'));
    await writeFile(join(directory, 'tell.cjs'), TELL);
  });
  afterAll(() => store.close());

  let more: Record<string, string> = {};
  afterEach(() => {
    more = {};
  });

  async function loadedBy(...words: string[]): Promise<string[]> {
    const hook = ['--require', join(directory, 'tell.cjs')];
    const { stderr } = await runCommand(
      [process.execPath, ...hook, packagePath('bin/strategy-loop.js'), ...words],
      {
        environment: {
          DATABASE_URL: store.url,
          STRATEGY_LOOP_DATA: join(directory, 'none'),
          ...more,
        },
      },
    );
    const line = /^LOADED (.*)$/m.exec(stderr)?.[1];
    if (line === undefined) throw new Error(`no list of packages: ${stderr}`);
    return JSON.parse(line) as string[];
  }

  it.each([
    ['--version'],
    ['status'],
    ['status --help'],
    ['doctor --help'],
    ['release --help'],
    ['release list'],
    ['cycle list'],
    ['data list'],
    ['challenger list'],
    ['logs --help'],
  ])('%s loads neither Temporal nor the migrations', async (line) => {
    expect(await loadedBy(...line.split(' '))).toEqual([]);
  });

  it('loads the SDK of an object store only where one is used', async () => {
    const line = ['doctor', '--data-dir', join(directory, 'none')];

    expect(await loadedBy(...line)).not.toContain('@aws-sdk/');
    more = { STRATEGY_LOOP_ARTIFACTS: 's3://loop', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' };
    expect(await loadedBy(...line)).toContain('@aws-sdk/');
  });

  it('would notice a command that does', async () => {
    expect(await loadedBy('schedule', 'list')).toContain('@temporalio/');
  });
});
