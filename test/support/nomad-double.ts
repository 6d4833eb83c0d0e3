import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { DoubleAllocation, jobProblem } from './nomad-double-job.ts';
import type { DoubleJobSpec } from './nomad-double-job.ts';

interface Registered {
  readonly spec: DoubleJobSpec;
  readonly allocations: DoubleAllocation[];
  isStopped: boolean;
  isShort: boolean;
}

/** An answer of the API; a text becomes the body as it is, as Nomad's errors do. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const OK = (body: unknown): Answer => ({ status: 200, body });
const NOT_FOUND = (text: string): Answer => ({ status: 404, body: text });
const WAIT_MS_MAX = 10_000;

/**
 * Stands in for a Nomad cluster of one node: the part of the HTTP API that the launcher uses, with jobs as
 * real processes of this machine. It is not Nomad and isolates nothing. What it answers was compared
 * with Nomad 1.6.1: the states and events of tasks and how late the servers hear of them, exit codes,
 * refusals of the driver and of tokens, evaluations that found no node, stopped and purged jobs. Not
 * compared: preemption, and answers of servers that have no leader. test/nomad runs the same
 * contract on a real cluster.
 */
export class NomadDouble {
  readonly namespace = 'loop';
  /** Requests as they came in: method, path and query. */
  readonly requests: string[] = [];
  /** Null: a token is not asked for. */
  token: string | null = null;
  /** Without room, jobs wait for a node. */
  hasRoom = true;
  /** What the driver says instead of starting a container. */
  driverProblem: string | null = null;
  /** Answers to the next requests, before anything is looked at. */
  readonly nextAnswers: Answer[] = [];
  readonly #directory: string;
  readonly #jobs = new Map<string, Registered>();
  readonly #waiters = new Set<() => void>();
  #index = 10;
  #server: Server | null = null;
  #scheme = 'http';

  constructor(directory: string) {
    this.#directory = directory;
  }

  async listen(tls?: ServerOptions): Promise<void> {
    const listener: RequestListener = (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server =
      tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener);
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get address(): string {
    const { port } = this.#server?.address() as AddressInfo;
    return `${this.#scheme}://127.0.0.1:${String(port)}`;
  }

  async close(): Promise<void> {
    for (const { allocations } of this.#jobs.values()) {
      for (const allocation of allocations) allocation.running?.kill();
    }
    this.#server?.closeAllConnections();
    this.#server?.close();
    if (this.#server !== null) await once(this.#server, 'close');
  }

  /** The registered job, as it was sent. */
  spec(id: string): DoubleJobSpec {
    return this.#of(id).spec;
  }

  has(id: string): boolean {
    return this.#jobs.has(id);
  }

  allocations(id: string): readonly DoubleAllocation[] {
    return this.#of(id).allocations;
  }

  /** The node of a job is lost; a replacement is placed unless the job forbids it. */
  loseNode(id: string, options: { readonly ignoresReplace?: boolean } = {}): void {
    const job = this.#of(id);
    job.allocations[0]?.lose();
    const mayReplace = job.spec.TaskGroups[0].Disconnect?.Replace !== false;
    if (mayReplace || options.ignoresReplace === true) this.#place(job);
  }

  #of(id: string): Registered {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new Error(`the double knows no job ${id}`);
    return job;
  }

  readonly #changed = (): void => {
    this.#index += 1;
    for (const wake of [...this.#waiters]) wake();
  };

  #place(job: Registered): void {
    if (!this.hasRoom) {
      job.isShort = true;
      return;
    }
    const allocation = new DoubleAllocation(job.spec, {
      createIndex: this.#index,
      directory: this.#directory,
      changed: this.#changed,
    });
    job.allocations.push(allocation);
    this.#changed();
    setTimeout(() => {
      allocation.start(this.driverProblem);
    }, 5);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://double');
    const body = await readBody(request);
    this.requests.push(`${request.method ?? ''} ${url.pathname}${url.search}`);
    const { status, body: answer } =
      this.nextAnswers.shift() ??
      this.#refusal(request, url) ??
      (await this.#route(request.method ?? '', url, body));
    const isRaw = typeof answer === 'string' || Buffer.isBuffer(answer);
    response
      .writeHead(status, { 'x-nomad-index': String(this.#index) })
      .end(isRaw ? answer : JSON.stringify(answer));
  }

  #refusal(request: IncomingMessage, url: URL): Answer | null {
    if (this.token !== null && request.headers['x-nomad-token'] !== this.token) {
      return { status: 403, body: 'Permission denied' };
    }
    return url.searchParams.get('namespace') === this.namespace
      ? null
      : { status: 403, body: 'Permission denied' };
  }

  async #route(method: string, url: URL, body: string): Promise<Answer> {
    const [, , area = '', ...rest] = url.pathname.split('/');
    if (area === 'jobs') {
      return method === 'GET' ? this.#list(url) : this.#register(body);
    }
    if (area === 'job') return this.#job(method, rest, url);
    if (area === 'client') return this.#client(rest, body);
    return NOT_FOUND('Invalid path');
  }

  #list(url: URL): Answer {
    const prefix = url.searchParams.get('prefix') ?? '';
    const withMeta = url.searchParams.get('meta') === 'true';
    const found = [...this.#jobs.values()].filter(({ spec }) => spec.ID.startsWith(prefix));
    return OK(found.map(({ spec }) => ({ ID: spec.ID, ...(withMeta ? { Meta: spec.Meta } : {}) })));
  }

  #register(body: string): Answer {
    const request = JSON.parse(body) as {
      readonly Job: DoubleJobSpec;
      readonly EnforceIndex?: boolean;
      readonly JobModifyIndex?: number;
    };
    const { Job: spec } = request;
    if (this.#jobs.has(spec.ID) && request.EnforceIndex === true && request.JobModifyIndex === 0) {
      return { status: 500, body: 'Enforcing job modify index 0: job already exists' };
    }
    const problem = jobProblem(spec);
    if (problem !== null) return { status: 500, body: `1 error occurred: ${problem}` };
    const job: Registered = { spec, allocations: [], isStopped: false, isShort: false };
    this.#jobs.set(spec.ID, job);
    this.#place(job);
    return OK({ EvalID: 'an-evaluation', JobModifyIndex: this.#index });
  }

  async #job(method: string, [id = '', below]: readonly string[], url: URL): Promise<Answer> {
    if (below === 'allocations') return this.#allocationsOf(id, url);
    const job = this.#jobs.get(id);
    if (job === undefined) {
      return method === 'DELETE' ? OK({ EvalID: '' }) : NOT_FOUND('job not found');
    }
    if (below === 'evaluations') return OK(job.isShort ? [shortEvaluation(id)] : []);
    if (method === 'DELETE') {
      job.isStopped = true;
      for (const allocation of job.allocations) {
        allocation.stop('alloc not needed due to job update');
      }
      if (url.searchParams.get('purge') === 'true') this.#jobs.delete(id);
      this.#changed();
      return OK({ EvalID: 'an-evaluation' });
    }
    const status = job.allocations.some(({ isOver }) => !isOver) ? 'running' : 'pending';
    return OK({ ...job.spec, Stop: job.isStopped, Status: job.isStopped ? 'dead' : status });
  }

  /** A blocking read answers when the index has passed the one that was seen, or in time. */
  async #allocationsOf(id: string, url: URL): Promise<Answer> {
    const seen = Number(url.searchParams.get('index') ?? 0);
    const waitMs = Number(/^(\d+)ms$/.exec(url.searchParams.get('wait') ?? '')?.[1] ?? 0);
    if (seen > 0 && seen >= this.#index) {
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          this.#waiters.delete(done);
          resolve();
        };
        const timer = setTimeout(done, Math.min(waitMs, WAIT_MS_MAX));
        this.#waiters.add(done);
      });
    }
    return OK((this.#jobs.get(id)?.allocations ?? []).map((one) => one.document()));
  }

  #client([kind, ...rest]: readonly string[], body: string): Answer {
    if (kind !== 'allocation') return NOT_FOUND('Invalid path');
    const [id] = rest;
    const all = [...this.#jobs.values()].flatMap(({ allocations }) => allocations);
    const allocation = all.find((one) => one.id === id);
    if (allocation === undefined) return NOT_FOUND(`Unknown allocation "${id ?? ''}"`);
    if (rest[1] === 'stats') {
      const usage = allocation.running?.memoryBytes ?? 0;
      // As on a node with cgroup v2: no RSS, and the cache is part of the usage.
      const memory = { Usage: usage + 4096, Cache: 4096, Measured: ['Cache', 'Swap', 'Usage'] };
      return OK({ ResourceUsage: { MemoryStats: memory } });
    }
    if (allocation.running === null || allocation.isOver) {
      return { status: 500, body: '1 error occurred: Task not running' };
    }
    const { Signal } = JSON.parse(body) as { readonly Signal: NodeJS.Signals };
    allocation.running.signal(Signal);
    return OK({});
  }
}

function shortEvaluation(id: string): Record<string, unknown> {
  return {
    JobID: id,
    Status: 'blocked',
    StatusDescription: 'created to place remaining allocations',
    ModifyIndex: 1,
    FailedTGAllocs: {
      job: {
        NodesEvaluated: 3,
        NodesAvailable: { dc1: 3 },
        NodesExhausted: 2,
        ConstraintFiltered: { '${attr.kernel.name} = linux': 1 },
        DimensionExhausted: { memory: 2 },
      },
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
