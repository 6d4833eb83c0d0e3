import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { LauncherUnavailableError } from './launcher.ts';

/** Where a Nomad server is, and who asks it. */
export interface NomadSettings {
  /** `http://host:4646` or `https://host:4646`. */
  readonly address: string;
  readonly namespace: string;
  /** The agent's own region when absent. */
  readonly region?: string;
  /** Asked before every request, so that a token in a file can be exchanged; null for none. */
  readonly token: () => Promise<string | null>;
  /** PEM texts. Without a CA the system's own are trusted. */
  readonly tls?: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    /** Name in the server's certificate, e.g. `server.global.nomad`, when it is not the host's. */
    readonly serverName?: string;
  };
}

/** Nomad understood the request and refused it. The token is never part of the message. */
export class NomadRefusedError extends Error {
  override readonly name = 'NomadRefusedError';
  readonly status: number;

  constructor(what: string, status: number, text: string) {
    const hint =
      status === 403
        ? '; see that NOMAD_TOKEN, or the file that STRATEGY_LOOP_NOMAD_TOKEN_FILE names, holds a token that may submit-job, read-job, list-jobs and alloc-lifecycle in NOMAD_NAMESPACE'
        : '';
    super(`Nomad refused to ${what} (${String(status)}): ${text}${hint}`);
    this.status = status;
  }
}

/** One request. `what` completes "Nomad refused to …". */
export interface NomadRequest {
  readonly what: string;
  readonly method: 'GET' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export interface NomadAnswer {
  readonly bytes: Buffer;
  /** Of a read: state that a blocking read of the same path can wait to pass; 0 for none. */
  readonly index: number;
}

/** Longer than any blocking read that we ask for. */
const SILENCE_MS_MAX = 30_000;
/** A job's log is cut far below it, and no other answer comes near. */
const ANSWER_BYTES_MAX = 64 * 1024 * 1024;
/** Nomad takes 100 from one address unless it is told otherwise. */
const CONNECTIONS_MAX = 64;
/** Answers that mean "try again later": too many requests, no leader, a server that restarts. */
const AWAY = new Set([429, 502, 503, 504]);
const AWAY_TEXT = /No cluster leader|Unknown node|No path to (node|region)|rpc error|connection/i;

/**
 * HTTP API of Nomad, as far as jobs need it. Node's own client and not `fetch`, which takes neither a
 * CA nor a client certificate.
 */
export class NomadClient {
  readonly #settings: NomadSettings;
  readonly #agent: HttpAgent | HttpsAgent;
  readonly #isTls: boolean;

  constructor(settings: NomadSettings) {
    this.#settings = settings;
    this.#isTls = settings.address.startsWith('https:');
    const { ca, cert, key, serverName } = settings.tls ?? {};
    const pool = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
    this.#agent = this.#isTls
      ? new HttpsAgent({
          ...pool,
          ...(ca === undefined ? {} : { ca }),
          ...(cert === undefined ? {} : { cert }),
          ...(key === undefined ? {} : { key }),
          ...(serverName === undefined ? {} : { servername: serverName }),
        })
      : new HttpAgent(pool);
  }

  /** Asks and parses the answer; null when there is no such thing (404). */
  async json(request: NomadRequest): Promise<{ value: unknown; index: number } | null> {
    const answer = await this.ask(request);
    if (answer === null) return null;
    const value: unknown = JSON.parse(answer.bytes.toString('utf8'));
    return { value, index: answer.index };
  }

  /**
   * @returns null when there is no such thing (404).
   * @throws {LauncherUnavailableError} when the server or the node is away: worth trying again.
   * @throws {NomadRefusedError} for any other answer than a good one.
   */
  async ask(request: NomadRequest): Promise<NomadAnswer | null> {
    const token = await this.#settings.token();
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const response = await this.#send(request, token, body);
    const status = response.statusCode ?? 0;
    const bytes = await this.#read(response);
    if (status >= 200 && status < 300) {
      return { bytes, index: Number(response.headers['x-nomad-index'] ?? 0) };
    }
    if (status === 404) return null;
    const text = bytes.toString('utf8').trim().slice(0, 1_000);
    if (AWAY.has(status) || (status === 500 && AWAY_TEXT.test(text))) {
      throw new LauncherUnavailableError(
        `Nomad cannot ${request.what} now (${String(status)}): ${text}`,
      );
    }
    throw new NomadRefusedError(request.what, status, text);
  }

  #send(request: NomadRequest, token: string | null, body?: string): Promise<IncomingMessage> {
    const { address, namespace, region } = this.#settings;
    const url = new URL(request.path, address);
    url.searchParams.set('namespace', namespace);
    if (region !== undefined) url.searchParams.set('region', region);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      url.searchParams.set(name, value);
    }
    const options: RequestOptions = {
      method: request.method,
      agent: this.#agent,
      timeout: SILENCE_MS_MAX,
      headers: {
        accept: 'application/json',
        ...(token === null ? {} : { 'x-nomad-token': token }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    return new Promise((resolve, reject) => {
      const sent = (this.#isTls ? httpsRequest : httpRequest)(url, options, resolve);
      sent.on('timeout', () => sent.destroy(silence(request.what)));
      sent.on('error', (error) => {
        reject(this.#asUnavailable(request, error));
      });
      sent.end(body);
    });
  }

  async #read(response: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > ANSWER_BYTES_MAX) {
        response.destroy();
        throw new Error(`an answer of Nomad is larger than ${String(ANSWER_BYTES_MAX)} bytes`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }

  /** A connection that cannot be made may come back; a certificate that does not hold will not. */
  #asUnavailable(request: NomadRequest, error: NodeJS.ErrnoException): Error {
    if (request.signal?.aborted === true || error instanceof LauncherUnavailableError) return error;
    const isNetwork = /^(E[A-Z]+)$/.test(error.code ?? '') && !/^(EPROTO)$/.test(error.code ?? '');
    const text = `Nomad at ${this.#settings.address} does not answer: ${error.message || String(error.code)}`;
    return isNetwork
      ? new LauncherUnavailableError(text, { cause: error })
      : new Error(
          `${text}; check NOMAD_ADDR, NOMAD_CACERT, NOMAD_CLIENT_CERT and NOMAD_CLIENT_KEY`,
          {
            cause: error,
          },
        );
  }
}

function silence(what: string): LauncherUnavailableError {
  return new LauncherUnavailableError(
    `Nomad did not answer within ${String(SILENCE_MS_MAX / 1000)} s when asked to ${what}`,
  );
}
