import type { CoreV1Event, V1Job, V1Pod } from '@kubernetes/client-node';
import { ask, nullOn } from './kubernetes-api.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { JOB_CONTAINER } from './kubernetes-job.ts';
import { pause } from './process-wait.ts';

const NOT_FOUND = 404;
const BAD_REQUEST = 400;
const CONFLICT = 409;

const WITHDRAW_MS_MAX = 30_000;
const WITHDRAW_POLL_MS = 200;

/** @returns null when there is no such Job. */
export async function readJob(api: KubernetesApi, name: string): Promise<V1Job | null> {
  return ask(() =>
    api.batch.readNamespacedJob({ name, namespace: api.namespace }).catch(nullOn(NOT_FOUND)),
  );
}

/** @returns the Job of that name when there was one already, null when it was created. */
export async function createJob(api: KubernetesApi, body: V1Job): Promise<V1Job | null> {
  const created = await ask(() =>
    api.batch.createNamespacedJob({ namespace: api.namespace, body }).catch(nullOn(CONFLICT)),
  );
  return created === null ? readJob(api, body.metadata?.name ?? '') : null;
}

/** @returns the pod of a Job; the newest, should there ever be several. */
export async function readPod(api: KubernetesApi, name: string): Promise<V1Pod | null> {
  const { items } = await ask(() =>
    api.core.listNamespacedPod({
      namespace: api.namespace,
      labelSelector: `batch.kubernetes.io/job-name=${name}`,
    }),
  );
  const age = ({ metadata }: V1Pod): number => metadata?.creationTimestamp?.getTime() ?? 0;
  return items.sort((a, b) => age(b) - age(a))[0] ?? null;
}

/** Deletes a Job and, after it, its pod. Harmless when there is none. */
export async function deleteJob(api: KubernetesApi, name: string): Promise<void> {
  await ask(() =>
    api.batch
      .deleteNamespacedJob({
        name,
        namespace: api.namespace,
        // Without it pods stay behind: the API's own default for Jobs leaves them as orphans.
        propagationPolicy: 'Background',
      })
      .catch(nullOn(NOT_FOUND)),
  );
}

export async function listJobObjects(api: KubernetesApi, labelSelector: string): Promise<V1Job[]> {
  const { items } = await ask(() =>
    api.batch.listNamespacedJob({ namespace: api.namespace, labelSelector }),
  );
  return items;
}

/** @returns the first bytes of what the job has written; nothing before its container runs. */
export async function readPodLog(
  api: KubernetesApi,
  pod: V1Pod,
  bytesMax: number,
): Promise<Buffer> {
  const text = await ask(() =>
    api.core
      .readNamespacedPodLog({
        name: pod.metadata?.name ?? '',
        namespace: api.namespace,
        container: JOB_CONTAINER,
        limitBytes: bytesMax,
      })
      .catch(nullWhenEmpty)
      .catch(nullOn(NOT_FOUND, BAD_REQUEST)),
  );
  return Buffer.from(text ?? '').subarray(0, bytesMax);
}

/** @returns the last warning about an object, e.g. why a pod is not admitted; null without one. */
export async function lastWarning(
  api: KubernetesApi,
  { kind, name }: { readonly kind: 'Job' | 'Pod'; readonly name: string },
): Promise<string | null> {
  const { items } = await ask(() =>
    api.core.listNamespacedEvent({
      namespace: api.namespace,
      fieldSelector: `involvedObject.kind=${kind},involvedObject.name=${name},type=Warning`,
    }),
  );
  const last = items.sort((a, b) => timeOf(b) - timeOf(a))[0];
  return last === undefined ? null : `${last.reason ?? 'Warning'}: ${last.message ?? ''}`;
}

/** The client leaves times with microseconds as they came, whatever its types say. */
function timeOf({ lastTimestamp, eventTime }: CoreV1Event): number {
  const time: Date | string | undefined = lastTimestamp ?? eventTime;
  return time === undefined ? 0 : new Date(time).getTime();
}

/** An empty log comes without a content type, which the client takes for an error. */
function nullWhenEmpty(error: unknown): null {
  if (error instanceof Error && error.message.includes('No Content-Type defined')) return null;
  throw error;
}

/**
 * Waits until no pod of a deleted Job can start any more: the API deletes the Job at once, and the
 * cluster's garbage collector its pod a moment later.
 */
export async function untilWithdrawn(api: KubernetesApi, name: string): Promise<void> {
  for (const giveUpAt = Date.now() + WITHDRAW_MS_MAX; Date.now() < giveUpAt;) {
    const pod = await readPod(api, name);
    if (pod === null || pod.metadata?.deletionTimestamp !== undefined) return;
    await pause(WITHDRAW_POLL_MS);
  }
}
