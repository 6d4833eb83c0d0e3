import { runBacktest } from '../../jobs/backtest/backtest.ts';
import { openRequest, type OpenedRequest } from '../../jobs/backtest/open-request.ts';
import { answerOf } from '../../jobs/backtest/request-files.ts';
import { joinWalk, walkPart, wholeWalk, type Part } from '../../jobs/backtest/request-parts.ts';
import type { BacktestRequest } from '../../schemas/backtest.ts';
import {
  PartFile,
  type FuturesPart,
  type PartAccount,
  type WalkPart,
} from '../../schemas/jobs/backtest.ts';
import type { AccountState } from '../../schemas/trading.ts';
import { requestOf } from '../support/golden-backtests.ts';

const WANTED = { report: true, tables: 'csv', heatMap: null } as const;

function opened(over: Partial<BacktestRequest> = {}): Promise<OpenedRequest<BacktestRequest>> {
  const include: BacktestRequest['include'] = ['indicators', 'forecasts', 'equity'];
  return openRequest(requestOf({ include, ...over }), null);
}

/** Parts in their order, each through the text that a job writes. */
async function partsOf(
  request: OpenedRequest<BacktestRequest>,
  count: number,
  handOver: (account: PartAccount) => PartAccount | null = (account) => account,
): Promise<(WalkPart | FuturesPart)[]> {
  const parts: (WalkPart | FuturesPart)[] = [];
  let account: PartAccount | null = null;
  for (let index = 0; index < count; index += 1) {
    const part = await walkPart(request, { index, count }, account);
    parts.push(PartFile.parse(JSON.parse(JSON.stringify(part))) as typeof part);
    account = handOver(part.account);
  }
  return parts;
}

/** Everything that a back-test answers, as bytes. */
async function bytesOf(
  request: OpenedRequest<BacktestRequest>,
  parts: readonly Part[],
): Promise<string> {
  return JSON.stringify(await answerOf(request, parts, WANTED));
}

describe('parts of a back-test', () => {
  it.each(['rsi-macd', 'buy-and-hold', 'ewmac-carry'])(
    'make the same bytes in 1, 2, 3 and 50 parts: %s',
    async (strategyId) => {
      const request = await opened({ strategyId, sizing: 'target' });
      const whole = await bytesOf(request, [await wholeWalk(request)]);

      for (const count of [1, 2, 3, 50]) {
        expect(await bytesOf(request, await partsOf(request, count))).toBe(whole);
      }
    },
  );

  it.each(['rsi-macd', 'ewmac-carry'])(
    'make the document of one back-test: %s',
    async (strategyId) => {
      const request = await opened({ strategyId, sizing: 'target' });
      const expected = await runBacktest(request.request, request.found.strategy, request.bars);

      expect((await answerOf(request, await partsOf(request, 3), WANTED)).document).toEqual(
        expected,
      );
    },
  );

  it('would differ if one part forgot what it holds, or the order that waits', async () => {
    const request = await opened();
    const whole = await bytesOf(request, [await wholeWalk(request)]);
    const forgotten = await partsOf(request, 3, () => null);
    const unordered = await partsOf(request, 300, (account) => ({
      ...(account as AccountState),
      pending: null,
    }));

    expect(await bytesOf(request, forgotten)).not.toBe(whole);
    expect(await bytesOf(request, unordered)).not.toBe(whole);
  });

  it('would differ if two of them changed places', async () => {
    const request = await opened();
    const [first, second, third] = (await partsOf(request, 3)) as [WalkPart, WalkPart, WalkPart];

    expect(joinWalk([second, first, third], request.bars).equity).not.toEqual(
      joinWalk([first, second, third], request.bars).equity,
    );
  });

  it('may be more than there are bars', async () => {
    const request = await opened({ strategyId: 'buy-and-hold' });
    const few = { ...request, bars: request.bars.slice(0, 5) };
    const whole = await bytesOf(few, [await wholeWalk(few)]);

    expect(await bytesOf(few, await partsOf(few, 9))).toBe(whole);
  });
});
