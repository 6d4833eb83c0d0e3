/** Bytes that a file of a network feed may have, unless its settings say otherwise. */
export const FEED_BYTES_DEFAULT = 256 * 1024 * 1024;
/** Most that settings may say. */
export const FEED_BYTES_MAX = 2 * 1024 * 1024 * 1024;

const HTTPS_PORT = '443';

/** @returns `host:port` of an https address, as allow-lists name it. */
export function hostOf({ hostname, port }: URL): string {
  return `${hostname}:${port === '' ? HTTPS_PORT : port}`;
}

/** @returns null when the text is no address. */
export function urlOf(text: string, base?: string): URL | null {
  return URL.canParse(text, base) ? new URL(text, base) : null;
}

/** @returns an address as messages name it: without its query, which may hold a key or a signature. */
export function shownUrl(address: string | URL): string {
  const url = typeof address === 'string' ? urlOf(address) : address;
  return url === null ? 'what is no address' : `${url.origin}${url.pathname}`;
}

/**
 * A text as messages repeat it: an address in it loses user, password and query, which may be secrets.
 * One that cannot be taken apart loses all up to its last @.
 */
export function shownText(text: string): string {
  if (!text.includes('://')) return text;
  const url = urlOf(text);
  if (url === null) return text.replace(/:\/\/.*@/s, '://…@');
  const { username, password, protocol, host, pathname, search } = url;
  const user = username === '' && password === '' ? '' : '…@';
  if (user === '' && search === '') return text;
  return `${protocol}//${user}${host}${pathname}${search === '' ? '' : '?…'}`;
}

/** @returns why a text is no address of a feed; null when it is one. */
export function feedUrlProblem(text: string): string | null {
  const url = urlOf(text);
  if (url?.protocol !== 'https:') return 'must be an https:// address';
  if (!isReachable(url)) return 'must name a host as `data.example.com`, and a port from 1 on';
  if (url.username !== '' || url.password !== '') {
    return 'must hold no user name and no password, because settings are no place for secrets';
  }
  return url.hash === '' ? null : 'must end before the #';
}

/** A pattern such as `*.example.com` and port 0 are well-formed, and nobody is there. */
function isReachable({ hostname, port }: URL): boolean {
  return /^([\w.-]+|\[[\da-f:.]+\])$/.test(hostname) && port !== '0';
}

/**
 * Reads a comma-separated list of hosts, `data.example.com` or `data.example.com:8443`.
 *
 * @returns each as `host:port`; null when one is not a host.
 */
export function parseHosts(text: string): string[] | null {
  const hosts: string[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    if (part === '') continue;
    const url = /[/\\?#@\s]/.test(part) ? null : urlOf(`https://${part}`);
    if (url === null || !isReachable(url)) return null;
    hosts.push(hostOf(url));
  }
  return hosts;
}
