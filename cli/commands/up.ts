import type { Command } from 'commander';
import { DEMO_STRATEGIES, demoSettings } from '../defaults.ts';
import { imageOption, integerBetween, withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { ensureOrphanSchedule } from '../orphan-schedule.ts';
import { ensureImage } from '../image/ensure-image.ts';
import { createOutput } from '../output.ts';
import type { Output } from '../output.ts';
import { registered, registerStrategies } from '../register.ts';
import type { Session, SessionOptions } from '../session.ts';
import { withSession } from '../with-session.ts';
import { CommandError } from '../command-error.ts';
import { freePorts, requireFreePort } from '../../infra/local/port.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import type { ContainerLauncherKind } from '../../workers/launchers.ts';

interface UpOptions extends CommonOptions {
  readonly temporalPort: number;
  readonly uiPort: number;
  readonly postgresPort?: number;
  readonly image?: string;
  readonly metricsPort?: number;
}

export function addUpCommand(program: Command): void {
  const port = integerBetween(1, 65_535);
  withCommonOptions(program.command('up'))
    .description('start Postgres, Temporal with its UI, and a worker, and stay up until Ctrl-C')
    .option('--temporal-port <port>', 'port of Temporal', port, 7233)
    .option('--ui-port <port>', 'port of the Temporal UI', port, 8233)
    .option('--postgres-port <port>', 'port of Postgres; a free one by default', port)
    .addOption(imageOption())
    .option(
      '--metrics-port <port>',
      "port of the worker's metrics and health; a free one by default",
      port,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  strategy-loop up\n  strategy-loop up --data-dir ./data --temporal-port 17233 --ui-port 18233',
    )
    .action(runUp);
}

async function runUp(given: UpOptions): Promise<void> {
  const { image: named, ...others } = given;
  // An empty STRATEGY_LOOP_IMAGE is one that is not set.
  const options: UpOptions = (named ?? '') === '' ? others : given;
  const output = createOutput(options.json);
  const metricsPort = options.metricsPort ?? (await freePort());
  await requireFreePort(metricsPort, 'the metrics');
  await ensureOwnImage(options, output);
  const sessionOptions: SessionOptions = {
    dataDirectory: options.dataDir,
    ports: {
      temporal: options.temporalPort,
      temporalUi: options.uiPort,
      ...(options.postgresPort === undefined ? {} : { postgres: options.postgresPort }),
    },
    output,
    withWorker: true,
    image: options.image,
    metricsPort,
    onWorkerRestart: () => {
      output.note('the worker died and was started again; see logs/worker.log');
    },
  };
  await withSession(sessionOptions, async (session, signal) => {
    if (!session.isOwner) {
      throw new CommandError(
        CommandExitCode.Unavailable,
        `a stack runs on ${options.dataDir} already; Temporal UI: ${session.stack.uiUrl ?? 'none'}`,
      );
    }
    await registerMissing(session);
    await ensureOrphanSchedule(session.client, LauncherKind.Process);
    if (options.image !== undefined) {
      for (const kind of await containerKindsHere()) {
        await ensureOrphanSchedule(session.client, kind);
      }
    }
    const { stack } = session;
    output.answer(
      {
        temporalAddress: stack.temporalAddress,
        namespace: stack.namespace,
        temporalUi: stack.uiUrl,
        metrics: `http://127.0.0.1:${String(metricsPort)}/metrics`,
        dataDirectory: options.dataDir,
      },
      [
        `Temporal       ${stack.temporalAddress} (namespace ${stack.namespace})`,
        `Temporal UI    ${stack.uiUrl ?? 'of your own server'}`,
        `metrics        http://127.0.0.1:${String(metricsPort)}/metrics (also /healthz, /readyz)`,
        `data directory ${options.dataDir}`,
        'Press Ctrl-C to stop.',
      ].join('\n'),
    );
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => {
        resolve();
      });
    });
  }).catch((error: unknown) => {
    // Ctrl-C is how this command is meant to end.
    if (error instanceof CommandError && error.exitCode === CommandExitCode.Interrupted) return;
    throw error;
  });
}

/** The nodes of a cluster fetch their images themselves; this machine may not even have an engine. */
async function ensureOwnImage({ image }: UpOptions, output: Output): Promise<void> {
  if (image === undefined) return;
  const isForCluster = (await containerKindsHere()).some((kind) => kind !== LauncherKind.Docker);
  if (!isForCluster) await ensureImage(image, output);
}

async function containerKindsHere(): Promise<ContainerLauncherKind[]> {
  // The help needs nothing of the workers' room, which takes its time to load.
  const { containerKinds } = await import('../../workers/launchers.ts');
  return containerKinds(process.env);
}

async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

/** The two strategies of the demo are there from the start; settings made before are kept. */
async function registerMissing({ pool }: Session): Promise<void> {
  const missing: string[] = [];
  for (const strategyId of DEMO_STRATEGIES) {
    if ((await registered(pool, strategyId)) === null) missing.push(strategyId);
  }
  if (missing.length > 0) await registerStrategies(pool, missing.map(demoSettings));
}
