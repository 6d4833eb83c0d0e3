/** How forecasts become contracts. */
export interface SizingOptions {
  /** Fixed: profits are not reinvested. In account currency, > 0. */
  readonly capital: number;
  /** Annual volatility that is aimed at, as a fraction of capital. */
  readonly targetVolatility: number;
  /** Value of a price move of 1 for one contract, in the instrument's currency. */
  readonly pointValue: number;
  /** Account currency per unit of the instrument's currency. */
  readonly fxRate: number;
  /** Share of the capital's risk that this instrument gets. */
  readonly instrumentWeight: number;
  /** Instrument diversification multiplier. */
  readonly instrumentDiversificationMultiplier: number;
}

/** Business days in a year are 256, so that their root is whole. */
const ROOT_OF_DAYS = 16;

/** Contracts that an average forecast of 10 asks for; NaN where the volatility is undefined. */
export function averagePosition(volatility: Float64Array, options: SizingOptions): Float64Array {
  const { capital, targetVolatility, pointValue, fxRate } = options;
  const dailyCashTarget = (capital * targetVolatility) / ROOT_OF_DAYS;
  return volatility.map((deviation) => {
    const volatilityScalar = dailyCashTarget / (deviation * pointValue * fxRate);
    return (
      volatilityScalar * options.instrumentWeight * options.instrumentDiversificationMultiplier
    );
  });
}

/**
 * Optimal position in contracts, fractional and signed: average position × forecast / 10.
 *
 * @see R. Carver, "Systematic Trading", 2015, chapters 9 to 11; pysystemtrade,
 *   systems/positionsizing.py.
 */
export function optimalPosition(forecast: Float64Array, average: Float64Array): Float64Array {
  return forecast.map((view, t) => ((average[t] as number) * view) / 10);
}

/** How far a holding may stray from the optimal position before it is traded. */
export interface BufferOptions {
  /** Half width of the buffer, as a fraction of the average or of the optimal position. */
  readonly fraction: number;
  /** Whether that fraction is of the average position or of the optimal one. */
  readonly method: 'forecast' | 'position';
  /** Whether a trade goes to the edge of the buffer or to the optimal position. */
  readonly tradeTo: 'edge' | 'optimal';
  /** Whether edges and position are rounded half to even to whole contracts first. */
  readonly rounded: boolean;
}

/**
 * Position to hold after each row: unchanged within the buffer around the optimal position and where
 * that is undefined; else moved to the buffer's edge, or to the optimal position.
 *
 * @param held contracts held before the first row; 0 unless named.
 * @see R. Carver, "Systematic Trading", 2015, chapter 11; pysystemtrade, systems/buffering.py.
 */
export function bufferedPosition(
  columns: { readonly position: Float64Array; readonly average: Float64Array },
  options: BufferOptions,
  held = 0,
): Float64Array {
  let current = held;
  return columns.position.map((position, t) => {
    const average = columns.average[t] as number;
    current = nextHolding({ held: current, position, average }, options);
    return current;
  });
}

/** One step of `bufferedPosition`. */
export function nextHolding(
  row: { readonly held: number; readonly position: number; readonly average: number },
  { fraction, method, tradeTo, rounded }: BufferOptions,
): number {
  const { held, position, average } = row;
  const width = fraction * Math.abs(method === 'forecast' ? average : position);
  if (Number.isNaN(position) || Number.isNaN(width)) {
    return held;
  }
  const round = rounded ? roundHalfToEven : (value: number): number => value;
  const top = round(position + width);
  const bottom = round(position - width);
  if (held > top) {
    return tradeTo === 'edge' ? top : round(position);
  }
  if (held < bottom) {
    return tradeTo === 'edge' ? bottom : round(position);
  }
  return held;
}

/** Nearest whole number; halves go to the even neighbor, as in numpy. */
export function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) {
    return rest < 0.5 ? below : below + 1;
  }
  return below % 2 === 0 ? below : below + 1;
}
