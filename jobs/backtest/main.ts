/**
 * The program that runs strategy code for `strategy-loop backtest` and `sweep`: one request as JSON
 * on stdin, one document as JSON on stdout. A failure goes to the parent as a message, so that
 * there is one way in which the command reports one. It is a process of its own because strategy
 * code is never loaded where the credentials of a database or a broker may be.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { JobExitCode } from '../../schemas/exit-code.ts';
import { StrategyProgramInput } from '../../schemas/backtest.ts';
import type { SweepRequest } from '../../schemas/backtest.ts';
import { counted } from '../../schemas/counted.ts';
import { documentText } from './finish.ts';
import { openRequest, type OpenedRequest } from './open-request.ts';
import { answerOf, checkWanted, isBacktest, needsSharpes } from './request-files.ts';
import { setsPart, wholeWalk, WHOLE } from './request-parts.ts';

/** Errors that mean that the request, its files or the strategy are wrong. */
const BAD_INPUT = new Set(['BadInputError', 'SettingsError', 'ModelError']);

async function answer(input: StrategyProgramInput): Promise<unknown> {
  const { places, wanted, outputDirectory } = input;
  const opened = await openRequest(input.request, places);
  checkWanted(opened, wanted);
  const { document, files } = await answerOf(opened, [await wholeOf(opened, wanted)], wanted);
  for (const { name, content } of files) await writeFile(join(outputDirectory, name), content);
  return document;
}

function wholeOf(opened: OpenedRequest, wanted: StrategyProgramInput['wanted']) {
  if (isBacktest(opened)) return wholeWalk(opened);
  const sweep = opened as OpenedRequest<SweepRequest>;
  const onProgress = sweep.request.progress ? progressLine() : undefined;
  return setsPart(sweep, WHOLE, { withSharpes: needsSharpes(wanted), onProgress });
}

/** Says how far a sweep is, when that has changed. */
function progressLine(): (done: number) => void {
  let said = -1;
  return (done) => {
    if (done === said) return;
    said = done;
    process.stderr.write(`sweep: ${counted(done, 'parameter set')} done\n`);
  };
}

async function main(): Promise<number> {
  try {
    const input = StrategyProgramInput.parse(JSON.parse(await text(process.stdin)));
    await print(documentText(await answer(input)));
    return JobExitCode.Ok;
  } catch (error) {
    return tell(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Resolves when the whole text is with the reader: a process that exits drops what is not. */
function print(document: string): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(document, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function tell(error: Error): Promise<number> {
  const isBadInput = BAD_INPUT.has(error.name);
  const message = isBadInput ? error.message : (error.stack ?? error.message);
  const exitCode = isBadInput ? JobExitCode.BadInput : JobExitCode.Bug;
  await new Promise<void>((resolve) => {
    if (process.send === undefined) {
      process.stderr.write(`${message}\n`, () => {
        resolve();
      });
    } else {
      process.send({ exitCode, message }, () => {
        resolve();
      });
    }
  });
  return exitCode;
}

// Ends at once: native libraries may keep threads that would hold the process open.
process.exit(await main());
