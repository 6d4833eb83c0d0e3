import { ArtifactSettingsError } from './artifact-store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** How an S3-compatible object store is reached. Credentials are found by the SDK itself. */
export interface S3Settings {
  readonly bucket: string;
  /** Before every key; empty for none. */
  readonly prefix: string;
  /** Null for the one of Amazon in the region. */
  readonly endpoint: string | null;
  /** Null when the SDK has to find it, e.g. in a profile. */
  readonly region: string | null;
  /** Whether the bucket is part of the path, not of the host name. */
  readonly isPathStyle: boolean;
  /** False when the environment says itself when the SDK adds checksums. */
  readonly hasPlainRequests: boolean;
}

/** Bucket in the path (`true`) or in the host name (`false`): AWS has no variable for it. */
export const PATH_STYLE = 'STRATEGY_LOOP_S3_PATH_STYLE';

/** Variables with a secret in them. */
const SECRETS = ['AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN'];

/** What a worker needs of the environment to reach the store: all that the SDK and we read. */
export const S3_VARIABLES: readonly string[] = [
  ...SECRETS,
  ...['AWS_ACCESS_KEY_ID', 'AWS_REGION', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL', PATH_STYLE],
  ...['AWS_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'],
  ...['AWS_ROLE_ARN', 'AWS_ROLE_SESSION_NAME', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  ...['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', 'AWS_CONTAINER_CREDENTIALS_FULL_URI'],
  ...['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE', 'AWS_EC2_METADATA_DISABLED'],
  ...['AWS_REQUEST_CHECKSUM_CALCULATION', 'AWS_RESPONSE_CHECKSUM_VALIDATION'],
  'NODE_EXTRA_CA_CERTS',
];

/** Rights at the store that a process without artifacts must not hold. */
export const S3_RIGHTS: readonly string[] = SECRETS;

/** Texts of the credentials that no log may hold. */
export function artifactSecrets(environment: Environment): string[] {
  return SECRETS.map((name) => environment[name] ?? '').filter((text) => text !== '');
}

/**
 * Reads how the store is reached. A store that is not Amazon's takes path style and any region
 * unless told otherwise.
 *
 * @throws {ArtifactSettingsError} that names the wrong variable and its rule, never its value.
 */
export function readS3Settings(
  { bucket, prefix }: Pick<S3Settings, 'bucket' | 'prefix'>,
  environment: Environment,
): S3Settings {
  const endpoint = readEndpoint(environment);
  const region = given(environment, 'AWS_REGION');
  return {
    bucket,
    prefix,
    endpoint,
    region: region ?? (endpoint === null ? null : 'us-east-1'),
    isPathStyle: readPathStyle(environment) ?? endpoint !== null,
    hasPlainRequests: given(environment, 'AWS_REQUEST_CHECKSUM_CALCULATION') === null,
  };
}

function given(environment: Environment, name: string): string | null {
  const value = environment[name] ?? '';
  return value === '' ? null : value;
}

function readEndpoint(environment: Environment): string | null {
  for (const name of ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
    const text = given(environment, name);
    if (text === null) continue;
    if (isPlainUrl(text)) return text;
    throw new ArtifactSettingsError(
      `${name}: must be http://host:port or https://host:port, without user and password`,
    );
  }
  return null;
}

function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && [username, password, search, hash].every((it) => it === '');
}

function readPathStyle(environment: Environment): boolean | null {
  const text = given(environment, PATH_STYLE);
  if (text === null) return null;
  if (['true', '1'].includes(text)) return true;
  if (['false', '0'].includes(text)) return false;
  throw new ArtifactSettingsError(`${PATH_STYLE}: must be true or false`);
}
