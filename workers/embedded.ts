import { asProcess, runEmbeddedWorker } from './embedded-worker.ts';

/** The worker process of the embedded default. */
asProcess(runEmbeddedWorker(process.env));
