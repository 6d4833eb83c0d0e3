import { Client, Connection } from '@temporalio/client';
import { Option } from 'commander';
import type { Command } from 'commander';
import { migrate } from '../../adapters/postgres/migrate.ts';
import { requireTemporal } from '../../infra/local/external-servers.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';
import { runRoleWorker, WorkerRole } from '../../workers/role-worker.ts';
import { CommandError } from '../command-error.ts';
import { ensureOrphanSchedule } from '../orphan-schedule.ts';
import { packagePath } from '../package-path.ts';

interface WorkerCommandOptions {
  readonly role: WorkerRole;
  readonly launcher?: LauncherKind;
}

interface TemporalSettings {
  readonly TEMPORAL_ADDRESS: string;
  readonly TEMPORAL_NAMESPACE: string;
}

export function addWorkerCommand(program: Command): void {
  program
    .command('worker')
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

async function runWorker({ role, launcher }: WorkerCommandOptions): Promise<void> {
  const kind = launcher ?? null;
  if ((role === WorkerRole.Launch) !== (kind !== null)) {
    throw new CommandError(
      CommandExitCode.Usage,
      kind === null
        ? '--role launch needs --launcher: where its jobs run'
        : `--launcher is for --role launch; a ${role} worker starts no jobs`,
    );
  }
  await runRoleWorker(role, kind, process.env, (settings) => prepare(role, kind, settings));
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
