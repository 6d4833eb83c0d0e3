import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeConfig } from '@kubernetes/client-node';
import { connectKubernetes } from '../../adapters/launchers/kubernetes-api.ts';
import type { KubernetesApi } from '../../adapters/launchers/kubernetes-api.ts';

type Json = Record<string, unknown>;
interface Stored {
  readonly metadata: { name: string } & Json;
  status?: Json;
}

type Answer = readonly [status: number, body: unknown];
interface Asked {
  readonly name: string;
  readonly query: URLSearchParams;
  readonly text: string;
}

const PATH = /namespaces\/jobs\/(\w+)(?:\/([^/]+))?(?:\/(\w+))?$/;

/**
 * A FAKE of the few calls of the Kubernetes API that the launcher makes, in this process. It runs no
 * container: a test says what the pod's status is. What a real cluster does is tested by
 * `npm run test:kubernetes`.
 */
export class KubernetesFake {
  readonly jobs = new Map<string, Stored>();
  readonly pods = new Map<string, Stored>();
  readonly deletions: string[] = [];
  readonly events: Json[] = [];
  log = '';
  /** Questions for the log that are answered with nothing first. */
  emptyLogs = 0;
  /** Answers of the next calls: an HTTP status, or 0 for a connection that breaks. */
  outages: number[] = [];
  /** Whether a Job gets its pod. */
  isAdmitting = true;
  calls = 0;
  /** How long a pod outlives its Job. */
  collectMs = 0;
  #server: Server | null = null;

  async start(): Promise<KubernetesApi> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const config = new KubeConfig();
    config.loadFromOptions({
      clusters: [{ name: 'c', server: `http://127.0.0.1:${String(port)}`, skipTLSVerify: true }],
      users: [{ name: 'u' }],
      contexts: [{ name: 'c', cluster: 'c', user: 'u' }],
      currentContext: 'c',
    });
    return connectKubernetes(config, 'jobs');
  }

  stop(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  /** Sets the status of the only pod, and what else of it changes. */
  setPod(status: Json, metadata: Json = {}): void {
    for (const pod of this.pods.values()) {
      pod.status = status;
      Object.assign(pod.metadata, metadata);
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.calls += 1;
    const outage = this.outages.shift();
    if (outage === 0) {
      request.socket.destroy();
      return;
    }
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://fake');
    const [, kind = '', name = '', part = ''] = PATH.exec(pathname) ?? [];
    const text = Buffer.concat(await request.toArray()).toString();
    const call = `${request.method ?? ''} ${kind}${part}`;
    const [status, body] =
      outage === undefined
        ? this.#handle(call, { name, query, text })
        : [outage, { message: 'planted outage' }];
    const isText = typeof body === 'string';
    // As the real one, which gives an empty log no content type.
    const type = isText ? 'text/plain' : 'application/json';
    response.writeHead(status, body === '' ? {} : { 'content-type': type });
    response.end(isText ? body : JSON.stringify(body));
  }

  #handle(call: string, { name, query, text }: Asked): Answer {
    switch (call) {
      case 'POST jobs':
        return this.#create(JSON.parse(text) as Stored);
      case 'GET jobs':
        return this.#read(name);
      case 'DELETE jobs':
        this.deletions.push(query.get('propagationPolicy') ?? 'none');
        // The garbage collector of the cluster comes a moment later.
        setTimeout(() => this.pods.delete(name), this.collectMs);
        return [this.jobs.delete(name) ? 200 : 404, {}];
      case 'GET pods':
        return [200, { items: this.#podsOf(query.get('labelSelector') ?? '') }];
      case 'GET podslog':
        this.emptyLogs -= 1;
        return [200, this.emptyLogs >= 0 ? '' : this.log.slice(0, Number(query.get('limitBytes')))];
      case 'GET events':
        return [200, { items: this.events }];
      default:
        return [405, { message: `the fake does not know ${call}` }];
    }
  }

  #read(name: string): Answer {
    if (name === '') return [200, { items: [...this.jobs.values()] }];
    const job = this.jobs.get(name);
    return job === undefined ? [404, {}] : [200, job];
  }

  #podsOf(selector: string): Stored[] {
    const pod = this.pods.get(/job-name=(.*)/.exec(selector)?.[1] ?? '');
    return pod === undefined ? [] : [pod];
  }

  #create(job: Stored): Answer {
    if (this.jobs.has(job.metadata.name)) return [409, { reason: 'AlreadyExists' }];
    const creationTimestamp = new Date().toISOString();
    const { name } = job.metadata;
    this.jobs.set(name, { ...job, metadata: { ...job.metadata, creationTimestamp } });
    if (!this.isAdmitting) return [201, job];
    this.pods.set(name, {
      metadata: { name: `${name}-x`, creationTimestamp },
      status: { phase: 'Pending' },
    });
    return [201, job];
  }
}

/** Status of a pod whose container has ended. */
export function endedPod(exitCode: number, more: Json = {}): Json {
  const terminated = {
    exitCode,
    reason: exitCode === 0 ? 'Completed' : 'Error',
    startedAt: '2026-01-01T00:00:00Z',
    finishedAt: '2026-01-01T00:00:03Z',
    message: '2500 1000',
    ...more,
  };
  return {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: [{ name: 'job', state: { terminated } }],
  };
}

export const RUNNING_POD: Json = {
  phase: 'Running',
  containerStatuses: [{ name: 'job', state: { running: { startedAt: '2026-01-01T00:00:00Z' } } }],
};

/** Status of a pod whose container waits for a reason of the kubelet's. */
export function waitingPod(reason: string, message: string): Json {
  return {
    phase: 'Pending',
    containerStatuses: [{ name: 'job', state: { waiting: { reason, message } } }],
  };
}
