import type { Bar } from '../../schemas/bar.ts';
import type { CarryColumns } from '../forecasts/carry.ts';

/** What a futures file says about one row beside its bar; NaN where a cell is empty. */
export interface CurvePoint {
  /** Price of the contract that is held. */
  readonly price: number;
  /** Its delivery month, YYYYMM. */
  readonly priceContract: number;
  /** Price of the neighboring contract. */
  readonly carry: number;
  readonly carryContract: number;
}

/** Anything that may carry a point of the futures curve. */
interface MayHaveCurve {
  readonly curve?: CurvePoint;
}

/** A bar, and what a futures file says beside it. */
export type SeriesBar = Bar & MayHaveCurve;

/** The curve of some bars as columns; null when no bar has one. */
export function curveOf(bars: readonly MayHaveCurve[]): CarryColumns | null {
  if (bars[0]?.curve === undefined) {
    return null;
  }
  const column = (value: (point: CurvePoint) => number): Float64Array =>
    Float64Array.from(bars, ({ curve }) => (curve === undefined ? Number.NaN : value(curve)));
  return {
    price: column(({ price }) => price),
    priceContract: column(({ priceContract }) => priceContract),
    carry: column(({ carry }) => carry),
    carryContract: column(({ carryContract }) => carryContract),
  };
}
