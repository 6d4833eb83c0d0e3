import '../../support/error-realm.ts';
import { inspect } from 'node:util';
import { classify } from '../../../activities/failure.ts';
import { ArtifactStoreRefusedError } from '../../../adapters/artifacts/artifact-store.ts';
import { openArtifactStore } from '../../../adapters/artifacts/open-artifact-store.ts';
import { lookAtArtifacts } from '../../../cli/doctor/artifacts.ts';
import { FailureType } from '../../../schemas/failure-type.ts';
import { openWorkerArtifacts } from '../../../workers/artifacts.ts';
import { freePorts } from '../../../infra/local/port.ts';
import { describeWhere } from '../../support/describe-where.ts';
import { S3_REMARK } from '../../support/s3-program.ts';
import { S3_BUCKET, S3_SECRET, S3Server, useCredentials } from '../../support/s3-server.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

const PLACE = `s3://${S3_BUCKET}/refused`;
const SESSION = 'canary-session-token';
describeWhere(S3_REMARK, 'an S3 store that refuses us', () => {
  let server: S3Server;
  let putBack: () => void = () => undefined;

  beforeAll(async () => {
    server = await S3Server.start(await scratchDirectory('s3-server'));
  });
  afterEach(() => {
    putBack();
  });
  afterAll(() => server.kill());

  /** What is thrown with this in the environment, besides what reaches the server. */
  async function errorOf(place: string, change: Record<string, string>): Promise<unknown> {
    putBack = useCredentials({ ...server.environment, ...change });
    return openArtifactStore(place)
      .put('x')
      .then(
        () => 'no error',
        (error: unknown) => error,
      );
  }

  it.each([
    ['a wrong secret', PLACE, { AWS_SECRET_ACCESS_KEY: 'canary-wrong-secret' }],
    ['an unknown key', PLACE, { AWS_ACCESS_KEY_ID: 'canary-wrong-key' }],
    ['a session of nobody', PLACE, { AWS_SESSION_TOKEN: SESSION, AWS_ACCESS_KEY_ID: 'canary-id' }],
  ])('says of %s which settings to correct, and nothing of them', async (_, place, change) => {
    const error = await errorOf(place, change);

    expect(error).toBeInstanceOf(ArtifactStoreRefusedError);
    expect((error as Error).message).toMatch(
      /refuses our credentials \(\w+, HTTP 40\d\); correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/,
    );
    const shown = inspect([error, classify(error)], { depth: 20, showHidden: true });
    for (const secret of [S3_SECRET, ...Object.values(change)]) expect(shown).not.toContain(secret);
  });

  it('says that there is no such bucket', async () => {
    const text = /the bucket "elsewhere" that STRATEGY_LOOP_ARTIFACTS names does not exist at http/;
    const error = await errorOf('s3://elsewhere/a', {});

    expect(error).toBeInstanceOf(ArtifactStoreRefusedError);
    expect((error as Error).message).toMatch(text);
    const store = openArtifactStore('s3://elsewhere/a');
    await expect(store.get('a'.repeat(64))).rejects.toThrow(text);
    await expect(store.has('a'.repeat(64))).rejects.toThrow(text);
    await expect(store.check()).rejects.toThrow(text);
  });

  it('says that Amazon needs a region', async () => {
    const nowhere = { AWS_ENDPOINT_URL_S3: '', AWS_CONFIG_FILE: '/dev/null' };
    const error = await errorOf(PLACE, nowhere);

    expect(error).toBeInstanceOf(ArtifactStoreRefusedError);
    expect((error as Error).message).toMatch(/has no region; set AWS_REGION/);
  });

  it('goes on by itself when it was mended: the failure is tried again', async () => {
    const failure = classify(
      await errorOf(PLACE, { AWS_SECRET_ACCESS_KEY: 'canary-wrong-secret' }),
    );

    expect(failure).toMatchObject({
      type: FailureType.InfrastructureUnavailable,
      nonRetryable: false,
    });
  });

  it('keeps a worker from starting, which a store that is away does not', async () => {
    putBack = useCredentials({ ...server.environment, AWS_SECRET_ACCESS_KEY: 'canary-wrong' });
    await expect(openWorkerArtifacts(PLACE, process.env)).rejects.toThrow(
      'refuses our credentials',
    );
    const [port = 0] = await freePorts(1);
    const away = { ...process.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${String(port)}` };

    expect(await openWorkerArtifacts(PLACE, away)).toHaveProperty('put');
    await expect(openWorkerArtifacts(PLACE, { AWS_ENDPOINT_URL_S3: 'nonsense' })).rejects.toThrow(
      "the worker's environment is wrong: AWS_ENDPOINT_URL_S3: must be http://host:port",
    );
  });

  it('is told by doctor, with the way out', async () => {
    putBack = useCredentials(server.environment);
    const [port = 0] = await freePorts(1);
    const away = { ...process.env, AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${String(port)}` };

    expect(await lookAtArtifacts({ artifacts: PLACE }, process.env)).toMatchObject({ state: 'ok' });
    expect(await lookAtArtifacts(null, { STRATEGY_LOOP_ARTIFACTS: 's3://a' })).toMatchObject({
      state: 'fail',
      text: expect.stringContaining('STRATEGY_LOOP_ARTIFACTS: must be') as string,
    });
    expect(await lookAtArtifacts({ artifacts: 's3://elsewhere' }, process.env)).toMatchObject({
      state: 'fail',
      text: expect.stringContaining('the bucket "elsewhere"') as string,
      mend: expect.stringContaining('make it, or correct') as string,
    });
    expect(await lookAtArtifacts({ artifacts: PLACE }, away)).toMatchObject({
      state: 'fail',
      text: expect.stringContaining('ECONNREFUSED') as string,
      mend: expect.stringContaining('AWS_ENDPOINT_URL_S3') as string,
    });
  });
});
