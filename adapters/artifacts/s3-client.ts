import { S3Client } from '@aws-sdk/client-s3';
import type { S3Settings } from './s3-settings.ts';

const CONNECT_MS = 5_000;
/** A store that is silent for so long, also in the middle of an object, does not answer. */
const SILENT_MS = 30_000;
/** With pauses below a second: Temporal tries again with longer ones, without end. */
const TRIES = 3;

/** A client of the store. Credentials are looked for at the first call, where the SDK looks. */
export function createS3Client(settings: S3Settings): S3Client {
  // package.json pins the last versions that run on every Node that we support; that later ones
  // do not is nothing that an operator could do about.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  return new S3Client({
    ...(settings.endpoint === null ? {} : { endpoint: settings.endpoint }),
    ...(settings.region === null ? {} : { region: settings.region }),
    forcePathStyle: settings.isPathStyle,
    // Stores that are not Amazon's often do not know the SDK's checksums. Nothing is lost: what is
    // sent is signed with its SHA-256 or goes over TLS, and what is read is hashed by us.
    ...(settings.hasPlainRequests
      ? {
          requestChecksumCalculation: 'WHEN_REQUIRED' as const,
          responseChecksumValidation: 'WHEN_REQUIRED' as const,
        }
      : {}),
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      // Of silence alone: how long a part or an object takes is the network's business.
      socketTimeout: SILENT_MS,
    },
  });
}
