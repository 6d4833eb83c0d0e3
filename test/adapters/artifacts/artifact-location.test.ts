import {
  artifactLocationProblem,
  chosenArtifacts,
  parseArtifactLocation,
} from '../../../adapters/artifacts/artifact-location.ts';
import { ArtifactSettingsError } from '../../../adapters/artifacts/artifact-store.ts';
import { openArtifactStore } from '../../../adapters/artifacts/open-artifact-store.ts';
import { artifactSecrets, readS3Settings } from '../../../adapters/artifacts/s3-settings.ts';
import { requireSettings, WorkerSettings } from '../../../workers/configuration.ts';

describe('parseArtifactLocation', () => {
  it.each([
    ['/var/lib/artifacts', { kind: 'directory', path: '/var/lib/artifacts' }],
    ['artifacts', { kind: 'directory', path: 'artifacts' }],
    ['a:b', { kind: 'directory', path: 'a:b' }],
    ['s3://loop', { kind: 's3', bucket: 'loop', prefix: '' }],
    ['s3://loop/', { kind: 's3', bucket: 'loop', prefix: '' }],
    ['s3://loop.eu-1/a/b_c.d', { kind: 's3', bucket: 'loop.eu-1', prefix: 'a/b_c.d' }],
    ['s3://loop/a/', { kind: 's3', bucket: 'loop', prefix: 'a' }],
  ])('reads %s', (text, location) => {
    expect(parseArtifactLocation(text)).toEqual(location);
    expect(artifactLocationProblem(text)).toBeNull();
  });

  it.each([
    ...['', 's3:', 's3:loop', 's3://', 's3://ab', 's3://Loop', 's3://-loop', 's3:///prefix'],
    ...['s3://key:hunter2@loop', 's3://loop//a', 's3://loop/a//b', 's3://loop/../b', 's3://loop/.'],
    ...['s3://loop/a b', 's3://loop?x=hunter2', 'S3://loop', 'gs://loop', 'https://loop/hunter2'],
  ])('refuses %j with the rule, and does not repeat it', (text) => {
    const settings = WorkerSettings.pick({ STRATEGY_LOOP_ARTIFACTS: true });
    const read = () => requireSettings(settings, { STRATEGY_LOOP_ARTIFACTS: text });

    expect(() => parseArtifactLocation(text)).toThrow(ArtifactSettingsError);
    expect(read).toThrow('STRATEGY_LOOP_ARTIFACTS: must be a directory or s3://bucket/prefix');
    expect(read).not.toThrow('hunter2');
  });
});

describe('chosenArtifacts', () => {
  it('is the data directory where nothing is set, and means the same everywhere', () => {
    expect(chosenArtifacts({}, '/data/artifacts')).toBe('/data/artifacts');
    expect(chosenArtifacts({ STRATEGY_LOOP_ARTIFACTS: '' }, '/data')).toBe('/data');
    expect(chosenArtifacts({ STRATEGY_LOOP_ARTIFACTS: 's3://loop/a' }, '/data')).toBe(
      's3://loop/a',
    );
    expect(chosenArtifacts({ STRATEGY_LOOP_ARTIFACTS: 'a' }, '/data')).toBe(`${process.cwd()}/a`);
  });
});

describe('readS3Settings', () => {
  const place = { bucket: 'loop', prefix: '' };
  const ENDPOINT = 'https://objects.example.com:9000';

  it('takes Amazon in the region of the environment', () => {
    expect(readS3Settings(place, { AWS_REGION: 'eu-west-1' })).toEqual({
      ...place,
      endpoint: null,
      region: 'eu-west-1',
      isPathStyle: false,
      hasPlainRequests: true,
    });
    expect(readS3Settings(place, {}).region).toBeNull();
  });

  it('takes another store with path style and any region, unless told otherwise', () => {
    const environment = { AWS_ENDPOINT_URL_S3: ENDPOINT, AWS_ENDPOINT_URL: 'http://other' };

    expect(readS3Settings(place, environment)).toMatchObject({
      endpoint: ENDPOINT,
      region: 'us-east-1',
      isPathStyle: true,
    });
    expect(
      readS3Settings(place, {
        ...environment,
        STRATEGY_LOOP_S3_PATH_STYLE: 'false',
        AWS_REGION: 'garage',
        AWS_REQUEST_CHECKSUM_CALCULATION: 'WHEN_SUPPORTED',
      }),
    ).toMatchObject({ isPathStyle: false, region: 'garage', hasPlainRequests: false });
  });

  it.each([
    ['AWS_ENDPOINT_URL_S3', 'hunter2'],
    ['AWS_ENDPOINT_URL_S3', 'ftp://host/hunter2'],
    ['AWS_ENDPOINT_URL', 'https://key:hunter2@host'],
    ['AWS_ENDPOINT_URL', 'https://host?token=hunter2'],
    ['STRATEGY_LOOP_S3_PATH_STYLE', 'hunter2'],
  ])('refuses %s=%s with its rule, and does not repeat it', (name, value) => {
    const open = () => openArtifactStore('s3://loop', { [name]: value });

    expect(open).toThrow(`${name}: must be `);
    expect(open).not.toThrow('hunter2');
  });

  it('does not look at them for a directory', () => {
    const environment = { AWS_ENDPOINT_URL_S3: 'nonsense' };

    expect(() => openArtifactStore('artifacts', environment)).not.toThrow();
  });
});

describe('artifactSecrets', () => {
  it('are what no log may hold', () => {
    const environment = {
      AWS_ACCESS_KEY_ID: 'AKIA',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'token',
      AWS_CONTAINER_AUTHORIZATION_TOKEN: '',
    };

    expect(artifactSecrets(environment)).toEqual(['secret', 'token']);
  });
});
