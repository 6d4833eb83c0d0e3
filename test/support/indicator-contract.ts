import type { Indicator } from '../../engine/indicators/catalog.ts';
import type { BarStream } from '../../engine/indicators/stream.ts';
import { barSeries } from '../../engine/bar-series.ts';
import type { Bar } from '../../schemas/bar.ts';

/**
 * Rows at which an indicator breaks its contract: its two forms differ in a bit, a stream that was
 * resumed from a snapshot of the bar before differs, a value is there before warm-up or missing
 * after it.
 */
export function indicatorFaults(indicator: Indicator, bars: readonly Bar[]): string[] {
  const whole = indicator.overSeries(barSeries(bars));
  const stream = indicator.stream();
  return bars.flatMap((bar, row) => {
    const resumed = resume(indicator, stream);
    const value = stream.next(bar);
    const faults = [];
    if (!Object.is(value, whole[row])) {
      faults.push(`row ${String(row)}: ${String(value)} streamed, ${String(whole[row])} whole`);
    }
    if (!Object.is(resumed.next(bar), value)) {
      faults.push(`row ${String(row)}: differs when resumed`);
    }
    if (Number.isFinite(value) !== row >= indicator.warmUpBars) {
      faults.push(`row ${String(row)}: ${String(value)}, warm-up ${String(indicator.warmUpBars)}`);
    }
    return faults;
  });
}

/** A fresh stream that goes on from here; the snapshot takes the way over JSON. */
function resume(indicator: Indicator, stream: BarStream): BarStream {
  const resumed = indicator.stream();
  resumed.restore(JSON.parse(JSON.stringify(stream.snapshot())) as never);
  return resumed;
}
