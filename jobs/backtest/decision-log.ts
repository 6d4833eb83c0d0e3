import type { FillRecorder, SweepFigures } from '../../engine/sweep/sweep-result.ts';

/** One line of a decision log: a change of position on a bar, numbers as JSON writes them. */
export type LoggedFill = readonly [index: number, side: string, units: number, price: number];

/**
 * Collects what a run decided as text that can be compared byte for byte: one line for each change of
 * position, and a last one with the figures. JSON writes the shortest text that reads back as the same
 * float64, so two logs are equal exactly when all their numbers are, -0 and 0 apart.
 */
export class DecisionLog {
  private readonly lines: string[] = [];

  readonly onFill: FillRecorder = (...fill) => {
    this.add(fill);
  };

  add(fill: LoggedFill): void {
    this.lines.push(JSON.stringify(fill));
  }

  end({ finalEquity, trades, maxDrawdown }: SweepFigures): string {
    this.lines.push(JSON.stringify({ finalEquity, trades, maxDrawdown }));
    return `${this.lines.join('\n')}\n`;
  }
}
