/** Port on which the proxy of network feeds listens. */
export const PROXY_PORT = 3128;
/** What it prints when it does. */
export const PROXY_READY = 'ready';
