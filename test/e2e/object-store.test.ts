import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { openStoppedStore } from '../../cli/stopped-store.ts';
import { until } from '../support/loop.ts';
import { processesIn } from '../support/processes.ts';
import {
  removeDirectory,
  strategyLoop,
  strategyLoopJson,
  temporaryDataDirectory,
} from '../support/run-command.ts';
import { describeWhere } from '../support/describe-where.ts';
import { S3_REMARK } from '../support/s3-program.ts';
import { S3_BUCKET, S3_KEY_ID, S3_SECRET, S3Server } from '../support/s3-server.ts';
import { scratchDirectory } from '../support/scratch-directory.ts';

const REPLAY = ['replay', '--strategy', 'rsi-macd', '--cycles', '2'];
const NO_CREDENTIALS = {
  ...{ AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
  ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
};
/** releaseIds, decision logs and all else that is named by a hash, of a data directory. */
async function fingerprint(directory: string): Promise<unknown> {
  const store = await openStoppedStore(directory, () => undefined);
  try {
    const hashes = await store.pool.query(
      `select cycle_id, stage, result->>'decisionsSha256' as decisions
       from stages where cycle_id like 'cycle/%' order by 1, 2`,
    );
    const releases = await store.pool.query(
      'select strategy_id, version, release_id from releases order by 1, 2',
    );
    return { hashes: hashes.rows, releases: releases.rows };
  } finally {
    await store.close();
  }
}

/** Environments of the job processes that work in a directory just now. */
function jobEnvironments(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const isJob = readlinkSync(`/proc/${pid}/cwd`).startsWith(join(directory, 'jobs'));
        return isJob ? [readFileSync(`/proc/${pid}/environ`, 'utf8')] : [];
      } catch {
        // The process ended while we looked.
        return [];
      }
    });
}

describeWhere(S3_REMARK, 'a loop with its artifacts in an object store', () => {
  let server: S3Server;
  let environment: Record<string, string>;
  let directory: string;
  let withFiles: string;

  beforeAll(async () => {
    server = await S3Server.start(await scratchDirectory('s3-server'));
    environment = { ...server.environment, STRATEGY_LOOP_ARTIFACTS: `s3://${S3_BUCKET}/loop` };
    directory = await temporaryDataDirectory();
    withFiles = await temporaryDataDirectory();
  });
  afterAll(async () => {
    await server.kill();
    await removeDirectory(directory);
    await removeDirectory(withFiles);
  });

  it('comes to the same releases and decisions as with files, and tells jobs no credentials', async () => {
    const seen: string[] = [];
    const watching = setInterval(() => seen.push(...jobEnvironments(directory)), 20);

    const result = await strategyLoop([...REPLAY, '--data-dir', directory], { environment });
    clearInterval(watching);
    await strategyLoopJson(withFiles, REPLAY);

    expect(result).toMatchObject({ exitCode: 0 });
    const found = await fingerprint(directory);
    expect(found).toEqual(await fingerprint(withFiles));
    expect(JSON.stringify(found)).toMatch(
      /("decisions":"[0-9a-f]{64}".*){2}"release_id":"[0-9a-f]{64}"/,
    );
    expect(await readdir(join(directory, 'artifacts'))).toEqual([]);
    const objects = await server.client.send(new ListObjectsV2Command({ Bucket: S3_BUCKET }));
    expect(objects.KeyCount).toBeGreaterThan(20);
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.join('\n')).toContain('STRATEGY_LOOP_JOB_INPUT=');
    expect(seen.join('\n')).not.toMatch(/AWS_|canary|STRATEGY_LOOP_ARTIFACTS/);
    expect(processesIn(directory)).toEqual([]);
  }, 240_000);

  it('reads the logs of its jobs from there', async () => {
    const words = [
      'logs',
      'cycle/rsi-macd/2012-01-01_2013-01-01',
      '--json',
      '--data-dir',
      directory,
    ];

    const there = await strategyLoop(words, { environment });
    const nowhere = await strategyLoop(words);

    expect(there.stdout).toContain('"source": "artifact"');
    expect(nowhere.stdout).toContain('is not in the artifact store');
  }, 60_000);

  it('waits while the store is away, and goes on when it is back', async () => {
    const other = await temporaryDataDirectory();
    const log = () => readFile(join(other, 'logs', 'worker.log'), 'utf8');
    const outages: Promise<void>[] = [];
    async function outage(): Promise<void> {
      await server.kill();
      await until('an activity misses the store', async () =>
        (await log()).includes('"failureType":"InfrastructureUnavailable"'),
      );
      await server.start();
    }
    try {
      const result = await strategyLoop([...REPLAY, '--data-dir', other], {
        environment: { ...environment, STRATEGY_LOOP_ARTIFACTS: `s3://${S3_BUCKET}/away` },
        onOutput(text) {
          if (outages.length === 0 && text.includes('2012-01-01')) outages.push(outage());
        },
      });
      await Promise.all(outages);

      expect(result).toMatchObject({ exitCode: 0 });
      expect(outages).toHaveLength(1);
      expect(await fingerprint(other)).toEqual(await fingerprint(withFiles));
      const written = await log();
      expect(written).toContain('"failureType":"InfrastructureUnavailable"');
      expect(written).toContain('cannot be used: ECONNREFUSED');
      expect(written).not.toContain('"failureType":"Bug"');
      expect(written).not.toContain(S3_SECRET);
      expect(written).not.toContain(S3_KEY_ID);
    } finally {
      await removeDirectory(other);
    }
  }, 240_000);

  it.each([
    ['a wrong key', 65, { AWS_SECRET_ACCESS_KEY: 'canary-wrong' }, 'correct AWS_ACCESS_KEY_ID'],
    ['no key', 65, NO_CREDENTIALS, 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or'],
    ['no such bucket', 65, { STRATEGY_LOOP_ARTIFACTS: 's3://elsewhere' }, 'the bucket "elsewhere"'],
    ['nobody there', 69, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, 'ECONNREFUSED'],
    ['a wrong place', 65, { STRATEGY_LOOP_ARTIFACTS: 's3:loop' }, 'must be a directory or s3://'],
    ['a wrong URL', 65, { AWS_ENDPOINT_URL_S3: 'canary' }, 'AWS_ENDPOINT_URL_S3: must be'],
  ])(
    'is refused at the start with %s',
    async (_, exitCode, change, text) => {
      const other = await temporaryDataDirectory();
      try {
        const result = await strategyLoop([...REPLAY, '--data-dir', other], {
          environment: { ...environment, ...change },
        });

        expect(result).toMatchObject({ exitCode });
        expect(result.stderr).toContain(text);
        expect(result.stderr).not.toMatch(/canary|\n {4}at /);
        expect(processesIn(other)).toEqual([]);
      } finally {
        await removeDirectory(other);
      }
    },
    60_000,
  );
});
