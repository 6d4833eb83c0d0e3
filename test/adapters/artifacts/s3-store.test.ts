import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { nameParts } from '../../../adapters/artifacts/artifact-name.ts';
import { openArtifactStore } from '../../../adapters/artifacts/open-artifact-store.ts';
import { itKeepsArtifacts } from '../../support/artifact-store-contract.ts';
import type { StoreSubject } from '../../support/artifact-store-contract.ts';
import { describeWhere } from '../../support/describe-where.ts';
import { S3_REMARK } from '../../support/s3-program.ts';
import { S3_BUCKET as Bucket, S3Server, useCredentials } from '../../support/s3-server.ts';
import { scratchDirectory } from '../../support/scratch-directory.ts';

describeWhere(S3_REMARK, 'createS3ArtifactStore', () => {
  let server: S3Server;
  let putBack: () => void;
  let opened = 0;

  beforeAll(async () => {
    server = await S3Server.start(await scratchDirectory('s3-server'));
    putBack = useCredentials(server.environment);
  });
  afterAll(async () => {
    putBack();
    await server.kill();
  });

  /** Every store has a prefix of its own, and is empty for that. */
  function openSubject(): StoreSubject {
    opened += 1;
    const prefix = `store-${String(opened)}/artifacts`;
    const objectOf = (sha256: string) => ({
      Bucket,
      Key: [prefix, ...nameParts(sha256)].join('/'),
    });
    return {
      store: openArtifactStore(`s3://${Bucket}/${prefix}`),
      async names() {
        const objects = await server.client.send(
          new ListObjectsV2Command({ Bucket, Prefix: prefix }),
        );
        const uploads = await server.client.send(new ListMultipartUploadsCommand({ Bucket }));
        const keys = [...(objects.Contents ?? []), ...(uploads.Uploads ?? [])];
        return keys.map(({ Key = '' }) => Key.slice(prefix.length + 1));
      },
      async readBehind(sha256) {
        const { Body } = await server.client.send(new GetObjectCommand(objectOf(sha256)));
        return Buffer.from(await text(Body as Readable));
      },
      async writeBehind(sha256, bytes) {
        // Metadata that it keeps beside an object outlives the object when that is overwritten.
        await server.client.send(new DeleteObjectCommand(objectOf(sha256)));
        await server.client.send(new PutObjectCommand({ ...objectOf(sha256), Body: bytes }));
      },
    };
  }

  itKeepsArtifacts(() => Promise.resolve(openSubject()));
});
