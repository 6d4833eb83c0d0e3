import type { Command } from 'commander';
import pc from 'picocolors';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { artifactChecks } from '../doctor/artifacts.ts';
import { calendarChecks } from '../doctor/calendars.ts';
import { clockChecks } from '../doctor/clock.ts';
import { openStoreToCheck } from '../doctor/database.ts';
import { directoryChecks } from '../doctor/directories.ts';
import type { Finding, FindingState } from '../doctor/finding.ts';
import { runChecks } from '../doctor/finding.ts';
import { launcherChecks } from '../doctor/launchers.ts';
import { machineChecks } from '../doctor/machine.ts';
import { programChecks } from '../doctor/programs.ts';
import { serverChecks } from '../doctor/servers.ts';
import { withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput, table } from '../output.ts';

export function addDoctorCommand(program: Command): void {
  withCommonOptions(program.command('doctor'))
    .description(
      'check what is installed, reachable, writable and in time sync, and how to mend it',
    )
    .addHelpText(
      'after',
      '\nIt starts, makes and changes nothing. Exit code 0: no check failed (warnings may be there);' +
        '\n1: at least one failed.' +
        '\n\nExamples:\n  strategy-loop doctor\n  strategy-loop doctor --data-dir ./data --json',
    )
    .action(runDoctor);
}

async function runDoctor(options: CommonOptions): Promise<void> {
  const output = createOutput(options.json);
  const { store, checks } = await openStoreToCheck(options.dataDir);
  let findings: Finding[];
  try {
    findings = await runChecks([
      ...machineChecks(),
      ...programChecks(),
      ...directoryChecks(options.dataDir),
      ...checks,
      ...serverChecks(options.dataDir, store),
      ...artifactChecks(store?.stack ?? null),
      ...launcherChecks(options.dataDir, process.env),
      ...calendarChecks(store),
      ...clockChecks(store),
    ]);
  } finally {
    await store?.pool.end();
  }
  const count = (state: FindingState): number =>
    findings.filter((finding) => finding.state === state).length;
  const counts = { ok: count('ok'), warn: count('warn'), fail: count('fail') };
  output.answer({ dataDirectory: options.dataDir, counts, checks: findings }, text(findings));
  if (counts.fail > 0) {
    throw new CommandError(
      CommandExitCode.Failed,
      `${String(counts.fail)} of ${String(findings.length)} checks failed`,
      { isAnswered: true },
    );
  }
}

function text(findings: readonly Finding[]): string {
  const paint = { ok: pc.green, warn: pc.yellow, fail: pc.red };
  const rows = findings.map(({ area, name, state, text: found, mend }) => [
    paint[state](state),
    area,
    name,
    mend === null ? found : `${found}\n→ ${mend}`,
  ]);
  return table(['', 'part', 'check', 'found'], rows, 3);
}
