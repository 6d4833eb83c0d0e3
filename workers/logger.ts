import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import pino from 'pino';

/** One line of JSON per message on stdout. */
export type WorkerLogger = pino.Logger;

/**
 * Sends the SDK's own messages through the worker's log. Called once per process, before the first
 * connection.
 */
export function installLogger(name: string): WorkerLogger {
  const logger = pino({ name, level: process.env['STRATEGY_LOOP_LOG_LEVEL'] ?? 'info' });
  const bridge = new DefaultLogger('INFO', ({ level, message, meta }) => {
    const context = meta ?? {};
    if (level === 'ERROR') logger.error(context, message);
    else if (level === 'WARN') logger.warn(context, message);
    else logger.info(context, message);
  });
  Runtime.install({
    logger: bridge,
    // The worker process decides itself when it stops.
    shutdownSignals: [],
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) },
    },
  });
  return logger;
}
