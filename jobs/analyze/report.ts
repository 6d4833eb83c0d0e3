import { Curves, REPORT_FILE, type ReportResult } from '../../schemas/jobs/analyze.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext } from '../contract/job.ts';
import { renderPage } from './page/page.ts';

/**
 * Draws one page over several strategies from what was measured before.
 *
 * @throws {BadInputError} when a curves file is not what it must be.
 */
export async function run({
  input,
  readText,
  writeFile,
}: JobContext<'analyze/report'>): Promise<ReportResult> {
  const strategies = input.strategies.map(({ story, overall, curvesFile }) => ({
    story,
    overall,
    curves: readCurves(curvesFile, readText(curvesFile)),
  }));
  const page = renderPage({ title: input.title, strategies });
  return { reportSha256: await writeFile(REPORT_FILE, page) };
}

function readCurves(name: string, text: string): Curves {
  try {
    return Curves.parse(JSON.parse(text));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BadInputError(`${name} is not a curves file: ${reason}. Prepare the job again.`, {
      cause: error,
    });
  }
}
