import { ArtifactStoreRefusedError, ArtifactStoreUnavailableError } from './artifact-store.ts';
import type { StoreTrouble } from './artifact-store.ts';
import type { S3Settings } from './s3-settings.ts';

/** What the SDK's errors and Node's have in common, as far as it is there. */
interface Problem {
  readonly name: string;
  readonly status: number | null;
  /** Of a broken connection, e.g. `ECONNREFUSED`. */
  readonly code: string | null;
  readonly message: string;
}

const RIGHTS = 's3:GetObject, s3:PutObject, s3:AbortMultipartUpload and s3:ListBucket';
const OVERLOADED = new Set(['SlowDown', 'RequestTimeout', 'TimeoutError', 'ThrottlingException']);
const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'InvalidRegion',
]);
/** Credentials that are wrong are not always answered with 401 or 403. */
const WRONG_CREDENTIALS = new Set(['ExpiredToken', 'InvalidToken', 'XAdminUserNotFound']);

/** Whether the store says that it has no such object. There may be no such bucket, after a HEAD. */
export function isMissingObject(error: unknown): boolean {
  // Not every 404: some stores answer with it that they do not know the key of the credentials.
  return ['NotFound', 'NoSuchKey'].includes(problemOf(error).name);
}

/** Whether an error comes without its reason: a HEAD is answered without a body. */
export function isNameless(error: unknown): boolean {
  const { name, status } = problemOf(error);
  return status !== null && /^(Unknown|UnknownError|Error|\d+)$/.test(name);
}

/**
 * Turns an error of the SDK into one of ours. None is passed on as it is or as a cause: what a
 * store answers to a wrong signature repeats the signed request, the session token included.
 */
export function s3Failure(error: unknown, settings: S3Settings): Error {
  if (error instanceof ArtifactStoreUnavailableError) return error;
  const problem = problemOf(error);
  const refusal = refusalOf(problem, settings);
  if (refusal !== null) return new ArtifactStoreRefusedError(refusal);
  const { name, status, code } = problem;
  const isAway = status === null ? code !== null : status >= 500 || status === 429;
  const reason = [code ?? name, ...(status === null ? [] : [`HTTP ${String(status)}`])].join(', ');
  if (isAway || OVERLOADED.has(name)) {
    return new ArtifactStoreUnavailableError({
      what: `the artifact store ${placeOf(settings)} cannot be used: ${reason}`,
      wayOut: `bring it back, or correct ${endpointVariable(settings)}`,
    });
  }
  // Of the SDK's own bugs the words are needed; those of the server may repeat the request.
  const words = status === null ? `: ${problem.message}` : '';
  return new Error(`the artifact store ${placeOf(settings)} failed with ${reason}${words}`);
}

/** A transfer broke off in the middle: the answer had begun well. */
export function brokenTransfer(settings: S3Settings, sha256: string): Error {
  return new ArtifactStoreUnavailableError({
    what: `the artifact store ${placeOf(settings)} broke off while artifact ${sha256} was read`,
    wayOut: 'see in its log why',
  });
}

function refusalOf(problem: Problem, settings: S3Settings): StoreTrouble | null {
  const { name, status } = problem;
  const store = `the artifact store ${placeOf(settings)}`;
  if (name === 'NoSuchBucket') {
    return {
      what: `the bucket "${settings.bucket}" that STRATEGY_LOOP_ARTIFACTS names does not exist at ${endpointOf(settings)}`,
      wayOut: `make it, or correct STRATEGY_LOOP_ARTIFACTS or ${endpointVariable(settings)}`,
    };
  }
  if (WRONG_REGION.has(name) || (status === 301 && name !== 'NoSuchBucket')) {
    return {
      what: `${store} is in another region than ${settings.region ?? 'the one that was found'}`,
      wayOut: 'set AWS_REGION to the region of the bucket',
    };
  }
  if (name === 'CredentialsProviderError') {
    return {
      what: `there are no credentials for ${store}`,
      wayOut:
        'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role',
    };
  }
  if (/region is missing/i.test(problem.message)) {
    return {
      what: `${store} has no region`,
      wayOut: "set AWS_REGION, or AWS_ENDPOINT_URL_S3 for a store that is not Amazon's",
    };
  }
  if (status !== 401 && status !== 403 && !WRONG_CREDENTIALS.has(name)) return null;
  return {
    what: `${store} refuses our credentials (${name}, HTTP ${String(status)})`,
    wayOut:
      'correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what else they come from, ' +
      `and see that they may use ${RIGHTS} on the bucket "${settings.bucket}"`,
  };
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof Error)) {
    return { name: 'Error', status: null, code: null, message: String(error) };
  }
  const { $metadata, code } = error as {
    $metadata?: { httpStatusCode?: number };
    code?: unknown;
  };
  return {
    name: error.name,
    status: $metadata?.httpStatusCode ?? null,
    code: typeof code === 'string' ? code : null,
    message: error.message,
  };
}

function placeOf(settings: S3Settings): string {
  const { bucket, prefix } = settings;
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`} at ${endpointOf(settings)}`;
}

function endpointOf({ endpoint, region }: S3Settings): string {
  return endpoint ?? `Amazon S3 (${region ?? 'region of the profile'})`;
}

function endpointVariable({ endpoint }: S3Settings): string {
  return endpoint === null ? 'AWS_REGION' : 'AWS_ENDPOINT_URL_S3';
}
