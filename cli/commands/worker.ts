import { Client, Connection } from '@temporalio/client';
import { Option } from 'commander';
import type { Command } from 'commander';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { requireTemporal } from '../../infra/local/external-servers.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { runRoleWorker, WorkerRole } from '../../workers/role-worker.ts';
import { CommandError } from '../command-error.ts';
import { withOutput } from '../options.ts';
import { ensureOrphanSchedule } from '../orphan-schedule.ts';
import { packagePath } from '../package-path.ts';

interface WorkerCommandOptions {
  readonly role: WorkerRole;
  readonly launcher?: LauncherKind;
  readonly json: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

interface TemporalSettings {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
}

export function addWorkerCommand(program: Command): void {
  withOutput(program.command('worker'))
    .description('run one role of a deployment in this process, until SIGTERM')
    .addOption(
      new Option('--role <role>', 'what it does, and with that which rights it needs')
        .choices(Object.values(WorkerRole))
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--launcher <kind>', 'with --role launch: where jobs run').choices(
        Object.values(LauncherKind),
      ),
    )
    .addHelpText(
      'after',
      '\nworkflows  needs TEMPORAL_ADDRESS; it adds the search attributes that are missing.' +
        '\nstore      needs DATABASE_URL and STRATEGY_LOOP_ARTIFACTS too; it brings the tables up to date.' +
        '\nlaunch     needs STRATEGY_LOOP_ARTIFACTS, STRATEGY_LOOP_JOBS and what its launcher asks for.' +
        '\nA worker that is given rights which its role does without refuses to start.' +
        '\n\nExamples:\n  strategy-loop worker --role store' +
        '\n  strategy-loop worker --role launch --launcher nomad',
    )
    .action(runWorker);
}

async function runWorker(options: WorkerCommandOptions): Promise<void> {
  const { role, launcher } = options;
  const kind = launcher ?? null;
  if ((role === WorkerRole.Launch) !== (kind !== null)) {
    throw new CommandError(
      CommandExitCode.Usage,
      kind === null
        ? '--role launch needs --launcher: where its jobs run'
        : `--launcher is for --role launch; a ${role} worker starts no jobs`,
    );
  }
  setLog(options);
  await runRoleWorker(role, kind, process.env, (settings) => prepare(role, kind, settings));
}

/** What a worker prints is its log. */
function setLog({ json, quiet, verbose }: WorkerCommandOptions): void {
  if (json) process.env['STRATEGY_LOOP_LOG_FORMAT'] = 'json';
  if (quiet === true) process.env['STRATEGY_LOOP_LOG_LEVEL'] = 'warn';
  if (verbose === true) process.env['STRATEGY_LOOP_LOG_LEVEL'] = 'debug';
}

/** Each role brings what it alone has the rights for. All of it may be there already. */
async function prepare(
  role: WorkerRole,
  launcher: LauncherKind | null,
  settings: TemporalSettings,
): Promise<void> {
  if (role === WorkerRole.Store) {
    await migrate(process.env['DATABASE_URL'] ?? '', packagePath('adapters/postgres/migrations'));
  }
  if (role === WorkerRole.Workflows) {
    await requireTemporal(settings.TEMPORAL_ADDRESS, settings.TEMPORAL_NAMESPACE);
  }
  if (launcher !== null) await ensureOrphansCleared(launcher, settings);
}

async function ensureOrphansCleared(
  launcher: LauncherKind,
  { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace }: TemporalSettings,
): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await ensureOrphanSchedule(new Client({ connection, namespace }), launcher);
  } finally {
    await connection.close();
  }
}
