import { spawn } from 'node:child_process';
import { access, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import { CommandError } from '../command-error.ts';
import { withCommonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { createOutput } from '../output.ts';
import { latestReportPath } from '../report-path.ts';

export function addReportCommands(program: Command): void {
  const report = program
    .command('report')
    .description('draw a report, or find the newest one')
    .addHelpText('after', '\nExample:\n  strategy-loop report path');
  withCommonOptions(report.command('path'))
    .description('print where the newest report lies')
    .addHelpText('after', '\nExample:\n  strategy-loop report path')
    .action(async (options: CommonOptions) => {
      const path = await requireReport(options.dataDir);
      const { mtime } = await stat(path);
      const output = createOutput(options.json);
      output.note(`drawn at ${mtime.toISOString()}; \`strategy-loop report draw\` draws it anew`);
      output.answer({ path, drawnAt: mtime.toISOString() }, path);
    });
  withCommonOptions(report.command('draw'))
    .description('draw the report of the store as it is now')
    .option(
      '--strategy <id>',
      'of this strategy; may be given often; all that have run by default',
      (id: string, before: readonly string[]) => [...before, id],
      [],
    )
    .option('--title <text>', 'heading of the page')
    .addHelpText(
      'after',
      '\nExample:\n  strategy-loop report draw --strategy rsi-macd --strategy ml-forecast',
    )
    .action(drawReport);
  withCommonOptions(report.command('open'))
    .description('open the newest report in the browser')
    .addHelpText('after', '\nExample:\n  strategy-loop report open')
    .action(openReport);
}

interface DrawOptions extends CommonOptions {
  readonly strategy: readonly string[];
  readonly title?: string;
}

async function drawReport(options: DrawOptions): Promise<void> {
  const output = createOutput(options.json);
  const { drawNow } = await import('../draw-report.ts');
  const { path, strategyIds } = await drawNow(options.dataDir, output, {
    strategyIds: options.strategy,
    title: options.title ?? null,
  });
  output.answer({ path, strategies: strategyIds }, path);
}

async function requireReport(dataDirectory: string): Promise<string> {
  const path = latestReportPath(dataDirectory);
  try {
    await access(path);
    return path;
  } catch (error) {
    throw new CommandError(
      CommandExitCode.BadInput,
      `there is no report in ${dataDirectory} yet; run \`strategy-loop demo\` or \`strategy-loop replay\`, or draw one with \`strategy-loop report draw\``,
      { cause: error },
    );
  }
}

async function openReport(options: CommonOptions): Promise<void> {
  const path = await requireReport(options.dataDir);
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  const isOpened = await new Promise<boolean>((resolve) => {
    const child = spawn(program, [path], { stdio: 'ignore', detached: true });
    child.once('error', () => {
      resolve(false);
    });
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
  createOutput(options.json).answer(
    { path, isOpened },
    isOpened ? path : `${path}\n(no program to open it was found)`,
  );
}
