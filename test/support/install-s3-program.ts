import { installS3Program } from './s3-program.ts';

/** Puts the S3 server of the tests into the cache. Where it cannot be had, they are skipped. */
try {
  const path = await installS3Program((text) => {
    process.stdout.write(`${text}\n`);
  });
  process.stdout.write(`${path}\n`);
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.stdout.write(`tests of the S3 store NOT RUN: versitygw cannot be had: ${reason}\n`);
}
