import { randomUUID } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { chmod, copyFile, rename } from 'node:fs/promises';
import { certificatesFile } from './kubernetes-job.ts';
import type { PodNetwork } from './kubernetes-job.ts';
import { LauncherUnavailableError, NoNetworkError, NotStartedError } from './launcher.ts';
import type { LaunchSpec } from './launcher.ts';
import type { JobFiles } from './process-job-files.ts';

/** What jobs of network feeds get in the cluster. */
interface NetworkOptions {
  /** `host:port` of the proxy; without it, jobs that need the network are refused. */
  readonly feedProxy?: string;
  /** File of this machine with certificates that they trust beside the usual ones. */
  readonly certificates?: string;
}

/** How a job reaches the hosts that it names; nothing for a job that names none. */
export async function networkOf(
  { feedProxy, certificates }: NetworkOptions,
  spec: LaunchSpec,
  files: JobFiles,
): Promise<{ readonly network?: PodNetwork }> {
  if ((spec.hosts ?? []).length === 0) return {};
  const proxyUrl = await proxyUrlOf(feedProxy, spec);
  if (certificates !== undefined) await giveCertificates(certificates, spec, files);
  return { network: { proxyUrl, hasCertificates: certificates !== undefined } };
}

/** The job sees them beside the stop file, where it can write nothing. */
async function giveCertificates(path: string, spec: LaunchSpec, files: JobFiles): Promise<void> {
  const copy = certificatesFile(files);
  const draft = `${copy}.${randomUUID()}`;
  try {
    await copyFile(path, draft);
    await chmod(draft, 0o444);
    // In one step: another worker may be starting the same job.
    await rename(draft, copy);
  } catch (error) {
    const why = `${path} cannot be given to it (${String(error)})`;
    const wayOut =
      'Name a file in STRATEGY_LOOP_FEED_CERTIFICATES that the launch worker can read.';
    throw new NotStartedError(`job ${spec.jobName} was not started: ${why}. ${wayOut}`, {
      cause: error,
    });
  }
}

/**
 * Where a job finds the proxy, by address: the worker looks the name up, so that jobs need no name
 * server, through which they could say things to the outside.
 */
async function proxyUrlOf(feedProxy: string | undefined, spec: LaunchSpec): Promise<string> {
  const wayOut =
    'Deploy infra/kubernetes/feed-proxy.yaml and set STRATEGY_LOOP_KUBERNETES_FEED_PROXY.';
  if (feedProxy === undefined) throw new NoNetworkError(spec, wayOut);
  const url = new URL(`http://${feedProxy}`);
  const found = await lookup(url.hostname.replace(/^\[|\]$/g, '')).catch((error: unknown) => {
    const text = `the feed proxy ${feedProxy} has no address: ${String(error)}`;
    throw new LauncherUnavailableError(text, { cause: error });
  });
  const host = found.family === 6 ? `[${found.address}]` : found.address;
  return `http://${host}:${url.port}`;
}
