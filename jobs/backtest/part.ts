import type { SweepRequest } from '../../schemas/backtest.ts';
import { counted } from '../../schemas/counted.ts';
import { PART_FILE } from '../../schemas/jobs/backtest.ts';
import type { ResultOf } from '../../schemas/jobs/job-type.ts';
import type { JobContext } from '../contract/job.ts';
import { openRequest, type OpenedRequest } from './open-request.ts';
import { checkWanted, isBacktest, needsSharpes } from './request-files.ts';
import { setsPart, walkPart } from './request-parts.ts';

/** One of several parts of a back-test or a sweep. */
export async function run({
  input,
  inputDirectory,
  writeFile,
  log,
}: JobContext<'backtest/part'>): Promise<ResultOf<'backtest/part'>> {
  const { shard, account, places, wanted } = input;
  const opened = await openRequest({ ...input.request, inputDirectory }, places);
  checkWanted(opened, wanted);
  const name = `part ${String(shard.index + 1)} of ${String(shard.count)}`;
  if (isBacktest(opened)) {
    const part = await walkPart(opened, shard, account);
    await writeFile(PART_FILE, JSON.stringify(part));
    log(`${name}: ${counted(part.equity.length, 'bar')}`);
    return { account: part.account };
  }
  const part = await setsPart(opened as OpenedRequest<SweepRequest>, shard, {
    withSharpes: needsSharpes(wanted),
  });
  await writeFile(PART_FILE, JSON.stringify(part));
  log(`${name}: ${counted(part.trades.length, 'parameter set')}`);
  return { account: null };
}
