import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { connectKubernetes, loadCluster } from '../adapters/launchers/kubernetes-api.ts';
import type { KubernetesApi } from '../adapters/launchers/kubernetes-api.ts';
import { createKubernetesLauncher } from '../adapters/launchers/kubernetes.ts';
import type { Launcher } from '../adapters/launchers/launcher.ts';
import { ConfigurationError } from './configuration.ts';
import { JOB_PROGRAM } from './docker-jobs.ts';

/** Where in the cluster jobs run. */
export interface ClusterSettings {
  readonly namespace: string;
  readonly claim: string;
  readonly volume: string;
  readonly startMsMax: number;
  readonly seccompProfile?: string | undefined;
  readonly feedProxy?: string | undefined;
  readonly certificates?: string | undefined;
}

/**
 * The launcher of jobs in the cluster that KUBECONFIG names, or in which this worker runs.
 *
 * @param directory of the process launcher. It tells one loop from others on the same volume: the
 *   workers of a loop have it under one path, and share jobs; two data directories share none.
 * @throws {ConfigurationError} when there is no kubeconfig at that place, or it names no cluster.
 */
export function openKubernetesLauncher(
  directory: string,
  image: string,
  {
    namespace,
    claim,
    volume,
    startMsMax,
    seccompProfile,
    feedProxy,
    certificates,
  }: ClusterSettings,
): Launcher {
  const loop = createHash('sha256').update(directory).digest('hex').slice(0, 16);
  return createKubernetesLauncher({
    api: openCluster(namespace),
    claim,
    volume,
    directory: join(volume, `jobs-${loop}`),
    image,
    command: (jobType) => ['node', JOB_PROGRAM, jobType],
    startMsMax,
    ...(seccompProfile === undefined ? {} : { seccompProfile }),
    ...(feedProxy === undefined ? {} : { feedProxy }),
    ...(certificates === undefined ? {} : { certificates }),
  });
}

function openCluster(namespace: string): KubernetesApi {
  try {
    return connectKubernetes(loadCluster(), namespace);
  } catch (error) {
    const { KUBECONFIG: named = '' } = process.env;
    const place = named === '' ? '~/.kube/config' : named;
    // Below the first line a YAML parser quotes the file, and with it perhaps a token.
    const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ConfigurationError(
      `KUBECONFIG must name a kubeconfig file whose current-context names a cluster, was ${place}: ${why}. ` +
        'Correct it, or unset it for ~/.kube/config or the cluster that this process runs in.',
      { cause: error },
    );
  }
}
