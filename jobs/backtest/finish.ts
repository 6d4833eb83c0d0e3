import { DOCUMENT_FILE, PartFile } from '../../schemas/jobs/backtest.ts';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import type { JobContext } from '../contract/job.ts';
import { parseOrRefuse } from '../contract/job-input.ts';
import { openRequest } from './open-request.ts';
import { parseJson } from './parameters.ts';
import { answerOf } from './request-files.ts';

/** Puts the parts of a back-test or a sweep together: its document, and the files that are wanted. */
export async function run({
  input,
  inputDirectory,
  readText,
  writeFile,
}: JobContext<'backtest/finish'>): Promise<ResultOf<'backtest/finish'>> {
  const opened = await openRequest({ ...input.request, inputDirectory }, input.places);
  const parts = input.parts.map((name) =>
    parseOrRefuse(PartFile, parseJson(readText(name), name), name),
  );
  const { document, files } = await answerOf(opened, parts, input.wanted);
  await writeFile(DOCUMENT_FILE, documentText(document));
  for (const { name, content } of files) await writeFile(name, content);
  return { files: files.map(({ name }) => name) };
}

/** A document as commands print it. */
export function documentText(document: unknown): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}
