import { PreconditionError } from '../precondition.ts';

/** What is known about the futures curve at each row; contracts as YYYYMM. */
export interface CarryColumns {
  /** Price of the contract that is held. */
  readonly price: Float64Array;
  readonly priceContract: Float64Array;
  /** Price of the neighboring contract; NaN where it is missing. */
  readonly carry: Float64Array;
  readonly carryContract: Float64Array;
}

/** Shortest distance between two contracts, in years: one day. */
const YEARS_MIN = 1 / 365.25;

/** Root of 256 business days, which annualizes a daily deviation. */
const ROOT_OF_DAYS = 16;

/**
 * Raw carry: what the curve pays per year for holding the contract, in units of annual price
 * volatility. NaN where both prices are the same, one is missing, or the volatility is undefined.
 *
 * @see R. Carver, "Systematic Trading", 2015, chapter 7 and appendix B; pysystemtrade,
 *   sysobjects/carry_data.py and systems/rawdata.py.
 */
export function rawCarry(columns: CarryColumns, volatility: Float64Array): Float64Array {
  return volatility.map((deviation, t) => {
    const roll = (columns.price[t] as number) - (columns.carry[t] as number);
    if (roll === 0) {
      return Number.NaN;
    }
    const years = yearsBetween(
      columns.priceContract[t] as number,
      columns.carryContract[t] as number,
    );
    return roll / years / (deviation * ROOT_OF_DAYS);
  });
}

/**
 * Years from the held contract to its neighbor: negative when the neighbor is the nearer one. Less than
 * a day counts as a day, with its sign.
 */
function yearsBetween(priceContract: number, carryContract: number): number {
  const years = (monthsOf(carryContract) - monthsOf(priceContract)) / 12;
  if (Math.abs(years) >= YEARS_MIN || Number.isNaN(years)) {
    return years;
  }
  return years < 0 ? -YEARS_MIN : YEARS_MIN;
}

/** Months since the year 0 of a contract YYYYMM. */
function monthsOf(contract: number): number {
  const month = contract % 100;
  if (Number.isNaN(contract)) {
    return contract;
  }
  if (!Number.isInteger(contract) || month < 1 || month > 12) {
    throw new PreconditionError(`contract must be YYYYMM, was ${String(contract)}`);
  }
  return Math.floor(contract / 100) * 12 + month;
}

/**
 * Smoothed carry: the exponentially weighted mean with center of mass `com`, alpha = 1 / (1 + com)
 * (pandas `ewm(com, adjust=True, ignore_na=False).mean()`). Over missing rows the last value is
 * repeated while the weights keep aging. NaN before the first value.
 *
 * @param com > 0; Carver's 90 is a center of mass, not a span.
 */
export function smoothedCarry(raw: Float64Array, com: number): Float64Array {
  if (!(com > 0)) {
    throw new PreconditionError(`smoothingCom must be > 0, was ${String(com)}`);
  }
  const decay = 1 - 1 / (1 + com);
  let weighted = 0;
  let weights = 0;
  return raw.map((value) => {
    weighted *= decay;
    weights *= decay;
    if (!Number.isNaN(value)) {
      weighted += value;
      weights += 1;
    }
    return weights === 0 ? Number.NaN : weighted / weights;
  });
}
