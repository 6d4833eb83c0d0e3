import { readBars } from '../../engine/bars-file.ts';
import { counted } from '../../schemas/counted.ts';
import { BARS_FILE } from '../../schemas/jobs/collect.ts';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import { DECISIONS_FILE, EQUITY_FILE, FILLS_FILE, ORDERS_FILE } from '../../schemas/jobs/trade.ts';
import { BadInputError } from '../contract/job-error.ts';
import type { JobContext, ProgramFacts } from '../contract/job.ts';
import { requireCode } from '../host/require-code.ts';
import { spanOf } from '../host/span.ts';
import { walkRelease } from '../host/walk-release.ts';

/** Walks one window with one release and writes what was decided, ordered, filled and owned. */
export async function run(
  context: JobContext<'trade/walk'>,
  program: ProgramFacts,
): Promise<ResultOf<'trade/walk'>> {
  const { window, release, account, costModel } = context.input;
  requireCode({ ...release, what: `release ${String(release.version)}` }, program.sourceHashes());
  const bars = readBars(context.readText(BARS_FILE));
  const span = spanOf(
    bars.map((bar) => bar.time),
    window,
  );
  checkWindow(context.input, bars[span.fromIndex]?.time, span.toIndex > span.fromIndex);
  const { releaseId, strategyId, parameters, featureSpec, modelFile } = release;
  const modelBytes = modelFile === null ? null : context.readFile(modelFile);
  const walked = await walkRelease({
    bars,
    window: span,
    release: { releaseId, strategyId, parameters, featureSpec, modelBytes },
    account,
    costModel,
  });
  const decisionsSha256 = await context.writeFile(DECISIONS_FILE, toLines(walked.decisions));
  await context.writeFile(ORDERS_FILE, toLines(walked.orders));
  await context.writeFile(FILLS_FILE, toLines(walked.fills));
  await context.writeFile(EQUITY_FILE, toLines(walked.equity));
  context.log(
    `walked ${counted(walked.decisions.length, 'bar')} of [${window.from}, ${window.to}) with release ${String(release.version)}: ` +
      `${counted(walked.orders.length, 'order')}, ${counted(walked.fills.length, 'fill')}, equity ${walked.account.equity.toFixed(2)}`,
  );
  return {
    bars: walked.decisions.length,
    orders: walked.orders.length,
    fills: walked.fills.length,
    decisionsSha256,
    account: walked.account,
  };
}

function checkWindow(
  { window, account }: JobContext<'trade/walk'>['input'],
  first: string | undefined,
  hasBars: boolean,
): void {
  if (!hasBars || first === undefined) {
    throw new BadInputError(
      `window must hold at least one bar of ${BARS_FILE}, was [${window.from}, ${window.to}). Collect newer bars or choose another window.`,
    );
  }
  if (account.lastBar !== null && first <= account.lastBar) {
    throw new BadInputError(
      `window must begin after account.lastBar ${account.lastBar}, its first bar was ${first}. Trade each window once and in order.`,
    );
  }
}

/** One JSON object a line. Keys keep the order in which the engine sets them: the schema's. */
function toLines(records: readonly object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}
