import { types } from 'node:util';
import { EnvHttpProxyAgent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { feedUrlProblem, hostOf, shownUrl, urlOf } from '../../schemas/feed-hosts.ts';
import { FeedRefusedError, FeedUnavailableError } from './feed-error.ts';
import type { FeedFile } from './feed-file.ts';

export interface CsvUrlFeed {
  readonly url: string;
  readonly sha256?: string | undefined;
  readonly bytesMax: number;
  /** `host:port` of everything that may be asked: the feed's own, and where it may redirect to. */
  readonly hosts: readonly string[];
}

/** How a feed is asked. The whole reading ends with the job's deadline. */
export interface FeedClient {
  /** How long connecting may take, and how long the other side may be silent, in ms. */
  readonly connectMs: number;
  readonly silenceMs: number;
  /** Certificates to trust in place of the usual ones; PEM. */
  readonly certificates?: string;
}

const CLIENT: FeedClient = { connectMs: 20_000, silenceMs: 60_000 };
const CHANGED = 'Apply settings with its new hash if that is meant';
const REDIRECTS_MAX = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Besides those from 500: the server asks to be left alone for now. */
const LATER: ReadonlySet<number> = new Set([408, 425, 429]);

/** A price file at an https address. HTTPS_PROXY and NO_PROXY of the environment are respected. */
export function csvUrlFile(feed: CsvUrlFeed, client: FeedClient = CLIENT): FeedFile {
  return {
    name: shownUrl(feed.url),
    ...(feed.sha256 === undefined ? {} : { sha256: feed.sha256, wayOut: CHANGED }),
    chunks: () => readUrl(feed, client),
  };
}

async function* readUrl(feed: CsvUrlFeed, client: FeedClient): AsyncGenerator<Buffer> {
  const { connectMs: timeout, silenceMs, certificates: ca } = client;
  const tls = { timeout, ...(ca === undefined ? {} : { ca }) };
  const dispatcher = new EnvHttpProxyAgent({
    connect: tls,
    requestTls: tls,
    headersTimeout: silenceMs,
    bodyTimeout: silenceMs,
  });
  try {
    const { url, headers, body } = await ask(feed, dispatcher);
    requirePlain(url, headers);
    const length = Number(headers['content-length'] ?? 0);
    if (length > feed.bytesMax) throw tooLarge(feed, `${String(length)} bytes`);
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > feed.bytesMax) throw tooLarge(feed, 'more');
      yield chunk;
    }
  } catch (error) {
    throw asFeedError(shownUrl(feed.url), error);
  } finally {
    // Not `close`: a server that sends nothing more would hold the job.
    await dispatcher.destroy();
  }
}

interface Answer {
  readonly url: URL;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: Dispatcher.ResponseData['body'];
}

/** Follows redirects to hosts that may be asked, and to no other. */
async function ask(feed: CsvUrlFeed, dispatcher: Dispatcher): Promise<Answer> {
  let url = new URL(feed.url);
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    requireAllowed(feed, url);
    const { statusCode, headers, body } = await request(url, {
      dispatcher,
      headers: { accept: 'text/csv, */*;q=0.1', 'accept-encoding': 'identity' },
    });
    if (statusCode === 200) return { url, headers, body };
    const location = headers['location'];
    if (!REDIRECTS.has(statusCode) || typeof location !== 'string') {
      throw badStatus(url, statusCode);
    }
    const next = urlOf(location, url.href);
    if (next === null) throw badStatus(url, statusCode);
    url = next;
  }
  throw new FeedRefusedError(
    `${shownUrl(feed.url)} redirects more than ${String(REDIRECTS_MAX)} times. Put the address of the file itself into the feed.`,
  );
}

function requireAllowed(feed: CsvUrlFeed, url: URL): void {
  const problem = feedUrlProblem(url.href);
  const isOwn = url.href === new URL(feed.url).href;
  const own = shownUrl(feed.url);
  const where = isOwn ? own : `${own} redirects to ${url.origin}, which`;
  if (problem !== null) throw new FeedRefusedError(`${where} ${problem}`);
  if (feed.hosts.includes(hostOf(url))) return;
  throw new FeedRefusedError(
    `${where} is not among the hosts that this feed may reach: ${feed.hosts.join(', ')}. ` +
      'Allow it with STRATEGY_LOOP_FEED_HOSTS, or correct the feed.',
  );
}

function badStatus(url: URL, status: number): Error {
  const text = `${shownUrl(url)} answered with status ${String(status)}, must be 200`;
  return status >= 500 || LATER.has(status)
    ? new FeedUnavailableError(`${text}. It may answer later.`)
    : new FeedRefusedError(`${text}. Correct the address, or ask whoever serves the file.`);
}

/** A body that is packed, or ends wherever the connection does, could not be told from a cut one. */
function requirePlain(url: URL, headers: Answer['headers']): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    throw new FeedRefusedError(
      `${shownUrl(url)} sends content-encoding ${String(encoding)}, must be identity. Serve the file as it is.`,
    );
  }
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) {
    throw new FeedRefusedError(
      `${shownUrl(url)} does not say how long the file is, so that a cut one would not be noticed. ` +
        'Serve it with content-length or in chunks.',
    );
  }
}

function tooLarge(feed: CsvUrlFeed, found: string): Error {
  return new FeedRefusedError(
    `${shownUrl(feed.url)} must have at most ${String(feed.bytesMax)} bytes, has ${found}. ` +
      "Raise the feed's bytesMax if the file is meant to be so large.",
  );
}

/** What went wrong on the way there or back. A proxy says 403 of a host that it may not reach. */
function asFeedError(url: string, error: unknown): unknown {
  if (error instanceof FeedRefusedError || error instanceof FeedUnavailableError) return error;
  if (!types.isNativeError(error)) return error;
  const code = 'code' in error ? String(error.code) : error.name;
  const reason = error.message === '' ? code : `${error.message} (${code})`;
  // The client has no code of its own for it; without a match the reading is only tried again.
  const [, status] = /^Proxy response \((\d+)\)/.exec(error.message) ?? [];
  if (status === '403') {
    return new FeedRefusedError(
      `${url} is refused by the proxy: ${reason}. ${PROXY_LOG}; docs/containers.md says how to allow a host.`,
      { cause: error },
    );
  }
  const why =
    status === undefined ? reason : `the proxy did not get there: ${reason}. ${PROXY_LOG}`;
  return new FeedUnavailableError(`${url} cannot be read: ${why}. It may answer later.`, {
    cause: error,
  });
}

const PROXY_LOG = 'Its reason is in its log, which ends the log of a job in Docker';
