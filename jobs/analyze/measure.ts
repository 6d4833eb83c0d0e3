import { readBars } from '../../engine/bars-file.ts';
import { openAccount } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import { counted } from '../../schemas/counted.ts';
import { CURVES_FILE, REPORT_FILE, type MeasureResult } from '../../schemas/jobs/analyze.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import { EQUITY_FILE, FILLS_FILE } from '../../schemas/jobs/trade.ts';
import { EquityPoint, Fill } from '../../schemas/trading.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext } from '../contract/job.ts';
import { spanOf } from '../host/span.ts';
import { walkRelease } from '../host/walk-release.ts';
import {
  buyAndHoldRun,
  contestOf,
  contestWithin,
  curvesOf,
  onBarsOf,
  type Run,
  type Runs,
} from './contest.ts';
import { readJsonLines } from './json-lines.ts';
import { renderPage } from './page/page.ts';
import { signedPercent } from './page/format.ts';

type Context = JobContext<'analyze/measure'>;

/**
 * Measures the loop from its first traded bar to the end of the window, and the window alone,
 * beside release 1 left alone and buy-and-hold: same bars, same cash, same costs.
 *
 * @throws {BadInputError} when the loop has no equity before the window's end, or on bars that are
 *   not in the dataset.
 */
export async function run(context: Context): Promise<MeasureResult> {
  const { input, writeFile, log } = context;
  const { window, initialCash, story } = input;
  const runs = await readRuns(context);
  const overall = contestOf(runs, initialCash);
  const alone = contestWithin(runs, window, initialCash);
  const curves = curvesOf(runs);
  const curvesSha256 = await writeFile(CURVES_FILE, `${JSON.stringify(curves)}\n`);
  const title = `${story.strategyId} until ${window.to}`;
  const latest = { window, contest: alone };
  const page = renderPage({ title, strategies: [{ story, overall, curves, latest }] });
  const reportSha256 = await writeFile(REPORT_FILE, page);
  log(
    `${counted(overall.loop.bars, 'bar')}: loop ${signedPercent(overall.loop.totalReturn)}, ` +
      `never retrained ${signedPercent(overall.neverRetrained.totalReturn)}, ` +
      `buy and hold ${signedPercent(overall.buyAndHold.totalReturn)}`,
  );
  return { overall, window: alone, reportSha256, curvesSha256 };
}

/** The loop's record, and what the other two do on its bars. */
async function readRuns({ input, readFile, readText }: Context): Promise<Runs> {
  const { window, initialCash, costModel, firstRelease } = input;
  const bars = readBars(readText(BARS_FILE));
  const loop: Run = {
    equity: readJsonLines(EQUITY_FILE, readText(EQUITY_FILE), EquityPoint),
    fills: readJsonLines(FILLS_FILE, readText(FILLS_FILE), Fill),
  };
  const span = tradedSpan(bars, loop, window.to);
  const { releaseId, strategyId, parameters, featureSpec, modelFile } = firstRelease;
  const modelBytes = modelFile === null ? null : readFile(modelFile);
  const neverRetrained = await walkRelease({
    bars,
    window: span,
    release: { releaseId, strategyId, parameters, featureSpec, modelBytes },
    account: openAccount(initialCash),
    costModel,
  });
  const buyAndHold = buyAndHoldRun({ bars, ...span, initialCash, costModel });
  return {
    loop,
    neverRetrained: onBarsOf(loop, neverRetrained),
    buyAndHold: onBarsOf(loop, buyAndHold),
  };
}

/** From the loop's first bar to the window's end, as indices. */
function tradedSpan(
  bars: readonly Bar[],
  { equity }: Run,
  to: string,
): { fromIndex: number; toIndex: number } {
  const first = equity[0];
  if (first === undefined) {
    throw new BadInputError(
      `${EQUITY_FILE} must have at least one bar before ${to}, was empty. Retry the trade stage first.`,
    );
  }
  const known = new Set(bars.map((bar) => bar.time));
  const foreign = equity.find((point) => !known.has(point.time) || point.time >= to);
  if (foreign !== undefined) {
    throw new BadInputError(
      `${EQUITY_FILE} must hold bars of ${BARS_FILE} before ${to} only, was at ${foreign.time}. Prepare the job again.`,
    );
  }
  return spanOf(
    bars.map((bar) => bar.time),
    { from: first.time, to },
  );
}
