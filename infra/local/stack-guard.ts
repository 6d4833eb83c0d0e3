const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Sees to it that a signal that would end this process stops the servers first: they run in process
 * groups of their own and would stay. Where the program handles the signal itself, it decides, and
 * the guard does nothing.
 *
 * @param stop must be harmless when called twice.
 * @returns takes the guard away.
 */
export function guardServers(stop: () => Promise<void>): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (process.listenerCount(signal) > 1) {
      return;
    }
    const end = (): void => {
      release();
      // With no handler left the process ends as if there had never been one.
      process.kill(process.pid, signal);
    };
    stop().then(end, end);
  };
  const release = (): void => {
    for (const signal of SIGNALS) {
      process.off(signal, onSignal);
    }
  };
  for (const signal of SIGNALS) {
    process.on(signal, onSignal);
  }
  return release;
}
