import '../../support/error-realm.ts';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { classify } from '../../../activities/failure.ts';
import { hashOf } from '../../../adapters/artifacts/artifact-name.ts';
import type { ArtifactStore } from '../../../adapters/artifacts/artifact-store.ts';
import { openArtifactStore } from '../../../adapters/artifacts/open-artifact-store.ts';
import { FailureType } from '../../../schemas/failure-type.ts';
import { distinctBytes } from '../../support/artifact-store-contract.ts';
import { until } from '../../support/loop.ts';
import { startS3Proxy } from '../../support/s3-proxy.ts';
import type { S3Proxy, SeenCall } from '../../support/s3-proxy.ts';
import { describeWhere } from '../../support/describe-where.ts';
import { S3_REMARK } from '../../support/s3-program.ts';
import { S3_BUCKET as Bucket, S3Server, useCredentials } from '../../support/s3-server.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const MIB = 1024 * 1024;
const PART = 8 * MIB;

describeWhere(S3_REMARK, 'an S3 store on its way to the server', () => {
  let server: S3Server;
  let proxy: S3Proxy;
  let putBack: () => void;
  let store: ArtifactStore;
  let directory: string;

  beforeAll(async () => {
    server = await S3Server.start(await scratchDirectory('s3-server'));
    proxy = await startS3Proxy(server.endpoint);
    putBack = useCredentials({ ...server.environment, AWS_ENDPOINT_URL_S3: proxy.endpoint });
  });
  afterAll(async () => {
    putBack();
    await proxy.close();
    await server.kill();
  });
  beforeEach(async () => {
    directory = await scratchDirectory('s3-transfer');
    proxy.rules = {};
    proxy.calls.length = 0;
    store = openArtifactStore(`s3://${Bucket}/${directory.split('-').at(-1) ?? ''}`);
  });

  /** Puts 64 MiB there, and forgets the calls for it. */
  async function putLarge(): Promise<{ bytes: Buffer; sha256: string; path: string }> {
    const bytes = distinctBytes(64 * MIB);
    const path = join(directory, 'in');
    await writeFile(path, bytes);
    const sha256 = await store.putFile(path);
    proxy.calls.length = 0;
    return { bytes, sha256, path };
  }

  function calls(method: string): SeenCall[] {
    return proxy.calls.filter((call) => call.method === method);
  }

  /** The failure that an activity would end with. */
  async function failureOf(work: Promise<unknown>): Promise<Error> {
    return classify(
      await work.then(
        () => 'no error',
        (error: unknown) => error,
      ),
    );
  }

  it('sends bytes once, and asks only when they are there already', async () => {
    await store.put('the same bytes');
    expect(proxy.calls.map(({ method }) => method)).toEqual(['HEAD', 'PUT']);

    proxy.calls.length = 0;
    await store.put('the same bytes');
    expect(proxy.calls.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('asks only for a large file that is there already', async () => {
    const { path, sha256 } = await putLarge();

    expect(await store.putFile(path)).toBe(sha256);

    expect(proxy.calls.map(({ method }) => method)).toEqual(['HEAD']);
  });

  it('reads no further ahead than two parts while it sends a large file', async () => {
    const path = join(directory, 'in');
    await writeFile(path, distinctBytes(64 * MIB));
    let waiting = 0;
    let mostWaiting = 0;
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    proxy.rules = {
      async onCall({ method }) {
        if (method !== 'PUT') return;
        waiting += 1;
        mostWaiting = Math.max(mostWaiting, waiting);
        if (waiting === 2) setTimeout(letGo, 300);
        await held;
        waiting -= 1;
      },
    };

    await store.putFile(path);

    expect(mostWaiting).toBe(2);
    expect(calls('PUT').map(({ bytes }) => bytes)).toEqual(Array.from({ length: 8 }, () => PART));
    expect(calls('POST')).toHaveLength(2);
  });

  it('writes a large file to the disk while the server still holds the rest back', async () => {
    const { sha256, bytes } = await putLarge();
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    proxy.rules = { onAnswer: (_call, passed) => (passed >= 32 * MIB ? held : undefined) };

    const copy = store.copyTo(sha256, join(directory, 'out'));
    await until('half of the file is on the disk', async () => {
      const name = (await readdir(directory)).find((each) => each.startsWith('out.'));
      return name !== undefined && (await stat(join(directory, name))).size >= 31 * MIB;
    });
    expect(await readdir(directory)).not.toContain('out');
    letGo();
    await copy;

    expect((await readFile(join(directory, 'out'))).equals(bytes)).toBe(true);
  });

  it('takes a transfer that breaks off for a store that is away, and leaves no file', async () => {
    const { sha256, bytes } = await putLarge();
    proxy.rules = {
      onAnswer(_call, passed) {
        if (passed > 16 * MIB) throw new Error('cut');
      },
    };

    for (const work of [store.get(sha256), store.copyTo(sha256, join(directory, 'out'))]) {
      expect(await failureOf(work)).toMatchObject({
        type: FailureType.InfrastructureUnavailable,
        message: expect.stringContaining('broke off') as string,
      });
    }
    expect(await readdir(directory)).toEqual(['in']);
    proxy.rules = {};
    expect((await store.get(sha256)).equals(bytes)).toBe(true);
  });

  it('leaves nothing in the store when an upload breaks off, and completes it the next time', async () => {
    const path = join(directory, 'in');
    await writeFile(path, distinctBytes(64 * MIB));
    proxy.rules = { onCall: ({ url }) => (/partNumber=5\b/.test(url) ? 503 : undefined) };

    expect(await failureOf(store.putFile(path))).toMatchObject({
      type: FailureType.InfrastructureUnavailable,
      message: expect.stringContaining('HTTP 503') as string,
    });

    const sha256 = hashOf(distinctBytes(64 * MIB));
    expect(await store.has(sha256)).toBe(false);
    const { Uploads } = await server.client.send(new ListMultipartUploadsCommand({ Bucket }));
    expect(Uploads ?? []).toEqual([]);
    proxy.rules = {};
    expect(await store.putFile(path)).toBe(sha256);
    expect(await store.has(sha256)).toBe(true);
  });

  it('stores nothing when the file changes between its two readings', async () => {
    const path = join(directory, 'in');
    const bytes = distinctBytes(64 * MIB);
    await writeFile(path, bytes);
    const Prefix = directory.split('-').at(-1) ?? '';
    proxy.rules = {
      // After the hash was taken, before the upload begins.
      async onCall({ method }) {
        if (method === 'HEAD') await writeFile(path, bytes.reverse());
      },
    };

    await expect(store.putFile(path)).rejects.toThrow('changed while it was being stored');

    const { Contents } = await server.client.send(new ListObjectsV2Command({ Bucket, Prefix }));
    expect(Contents ?? []).toEqual([]);
  });

  it.each([429, 500, 503])('takes HTTP %d for a store that is away', async (status) => {
    proxy.rules = { onCall: () => status };

    expect(await failureOf(store.put('x'))).toMatchObject({
      type: FailureType.InfrastructureUnavailable,
      nonRetryable: false,
      message: expect.stringContaining(`HTTP ${String(status)}`) as string,
    });
  });

  it('is tried again while the server is gone, and works when it is back', async () => {
    const sha256 = await store.put('before');

    await server.kill();
    for (const work of [
      () => store.put('after'),
      () => store.get(sha256),
      () => store.has(sha256),
      () => store.copyTo(sha256, join(directory, 'out')),
    ]) {
      expect(await failureOf(work())).toMatchObject({
        type: FailureType.InfrastructureUnavailable,
        nonRetryable: false,
        message: expect.stringMatching(/s3:\/\/.*correct AWS_ENDPOINT_URL_S3/) as string,
      });
    }
    await server.start();

    expect((await store.get(sha256)).toString()).toBe('before');
    expect(await store.has(await store.put('after'))).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });
});
