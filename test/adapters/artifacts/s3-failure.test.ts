import { inspect } from 'node:util';
import {
  ArtifactStoreRefusedError,
  ArtifactStoreUnavailableError,
} from '../../../adapters/artifacts/artifact-store.ts';
import { isMissingObject, s3Failure } from '../../../adapters/artifacts/s3-failure.ts';
import { readS3Settings } from '../../../adapters/artifacts/s3-settings.ts';

const AMAZON = readS3Settings({ bucket: 'loop', prefix: 'a' }, { AWS_REGION: 'eu-west-1' });
const OTHER = readS3Settings(
  { bucket: 'loop', prefix: '' },
  { AWS_ENDPOINT_URL_S3: 'https://objects.example.com' },
);
const TOKEN = 'canary-session-token';

/** An error as the SDK makes it of an answer: every field of the body becomes one of the error. */
function answered(name: string, status: number): Error {
  const signed = `GET\nx-amz-security-token:${TOKEN}`;
  return Object.assign(new Error(`${name}: ${signed}`), {
    name,
    StringToSign: signed,
    $metadata: { httpStatusCode: status },
  });
}

function broken(code: string): Error {
  return Object.assign(new Error(`connect ${code} 10.0.0.1:443`), { code });
}

describe('s3Failure', () => {
  it.each([
    ['SlowDown', 503],
    ['InternalError', 500],
    ['TooManyRequests', 429],
    ['RequestTimeout', 400],
  ])('takes %s for a store that is away', (name, status) => {
    const error = s3Failure(answered(name, status), AMAZON);

    expect(error).toBeInstanceOf(ArtifactStoreUnavailableError);
    expect(error).not.toBeInstanceOf(ArtifactStoreRefusedError);
    expect(error.message).toContain(`s3://loop/a at Amazon S3 (eu-west-1) cannot be used: ${name}`);
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'ETIMEDOUT', 'CERT_HAS_EXPIRED'])(
    'takes a connection that ends with %s for a store that is away',
    (code) => {
      const error = s3Failure(broken(code), OTHER);

      expect(error).toBeInstanceOf(ArtifactStoreUnavailableError);
      expect(error.message).toBe(
        `the artifact store s3://loop at https://objects.example.com cannot be used: ${code}; ` +
          'bring it back, or correct AWS_ENDPOINT_URL_S3',
      );
    },
  );

  it.each([
    ['AccessDenied', 403, /s3:GetObject, s3:PutObject, .* on the bucket "loop"$/],
    ['SignatureDoesNotMatch', 403, /correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/],
    ['ExpiredToken', 400, /refuses our credentials \(ExpiredToken, HTTP 400\)/],
    ['NoSuchBucket', 404, /the bucket "loop" .* does not exist .*; make it, or correct/],
    ['PermanentRedirect', 301, /in another region than eu-west-1; set AWS_REGION/],
    ['AuthorizationHeaderMalformed', 400, /set AWS_REGION to the region of the bucket/],
  ])('says what to correct after %s', (name, status, text) => {
    const error = s3Failure(answered(name, status), AMAZON);

    expect(error).toBeInstanceOf(ArtifactStoreRefusedError);
    expect(error.message).toMatch(text);
  });

  it.each([
    ['SignatureDoesNotMatch', 403],
    ['SlowDown', 503],
    ['MalformedXML', 400],
  ])('keeps what the server repeats of the request after %s to itself', (name, status) => {
    const raw = answered(name, status);
    const show = (error: Error) => inspect(error, { depth: 20, showHidden: true });

    expect(show(raw)).toContain(TOKEN);
    expect(show(s3Failure(raw, AMAZON))).not.toContain(TOKEN);
  });

  it('leaves what it does not know to be asked about, with the words of the SDK', () => {
    const error = s3Failure(new TypeError('x is not a function'), AMAZON);

    expect(error).not.toBeInstanceOf(ArtifactStoreUnavailableError);
    expect(error.message).toContain('failed with TypeError: x is not a function');
  });
});

describe('isMissingObject', () => {
  it('is told by name, because not every 404 means the object', () => {
    expect(isMissingObject(answered('NoSuchKey', 404))).toBe(true);
    expect(isMissingObject(answered('NotFound', 404))).toBe(true);
    expect(isMissingObject(answered('NoSuchBucket', 404))).toBe(false);
    expect(isMissingObject(answered('XAdminUserNotFound', 404))).toBe(false);
  });
});
