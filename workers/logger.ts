import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import pino from 'pino';
import type { z } from 'zod';
import type { LogLevel } from './configuration.ts';
import { lineForPeople } from './log-line.ts';

/** One line per message on stdout: JSON, or text when a person watches. */
export type WorkerLogger = pino.Logger;

/** How a worker logs, and what it tells about Temporal's own part. */
export interface LoggerOptions {
  readonly name: string;
  readonly level: z.infer<typeof LogLevel>;
  /** Texts that no line may hold, e.g. the database's password. */
  readonly secrets: readonly string[];
  /** host:port on which Temporal's part serves its metrics; null for none. */
  readonly coreMetricsAddress: string | null;
}

/** The password of a database URL, as it stands there and as it is meant. */
export function secretsOf(databaseUrl: string): string[] {
  const { password } = new URL(databaseUrl);
  return [...new Set([password, decodeURIComponent(password)])].filter((text) => text !== '');
}

/** Takes secrets out of a text. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (found, secret) => (secret === '' ? found : found.replaceAll(secret, '[secret]')),
    text,
  );
}

/**
 * Sends the SDK's own messages through the worker's log. Called once per process, before the first
 * connection.
 */
export function installLogger({
  name,
  level,
  secrets,
  coreMetricsAddress,
}: LoggerOptions): WorkerLogger {
  const asText = process.stdout.isTTY && process.env['STRATEGY_LOOP_LOG_FORMAT'] !== 'json';
  const logger = pino({
    name,
    level,
    hooks: {
      streamWrite: (line) => {
        const clean = withoutSecrets(line, secrets);
        return asText ? lineForPeople(clean) : clean;
      },
    },
  });
  const bridge = new DefaultLogger('INFO', ({ level, message, meta }) => {
    // The token names the try to the server and is of no use to a reader.
    const { taskToken: _, ...context } = (meta ?? {}) as Record<string, unknown>;
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
      ...(coreMetricsAddress === null
        ? {}
        : {
            metrics: {
              prometheus: {
                bindAddress: coreMetricsAddress,
                countersTotalSuffix: true,
                unitSuffix: true,
                useSecondsForDurations: true,
              },
            },
          }),
    },
  });
  return logger;
}
