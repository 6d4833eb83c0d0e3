import { JOB_CONTRACT } from '../../schemas/job.ts';

/** One valid document for JSON Schemas of the job contract and of stored documents, by title. */
const SHA = 'a'.repeat(64);
const WINDOW = { from: '2012-01-01', to: '2013-01-01' };
const COSTS = { feeBps: 1, halfSpreadBps: 0.5 };

const ACCOUNT = {
  cash: 100_000,
  units: 0,
  equity: 100_000,
  pending: { decidedAt: '2012-12-31', target: 0.5, releaseId: SHA },
  strategyState: { armed: true, streak: 3, note: 'x', last: null },
  lastBar: '2012-12-31',
};

const METRICS = {
  bars: 120,
  totalReturn: 0.01,
  annualReturn: null,
  volatility: 0.1,
  sharpe: 0.5,
  sortino: null,
  drawdownMax: 0.05,
  drawdownBarsMax: 12,
  calmar: null,
  turnover: 2.5,
  hitRate: null,
  roundTrips: 0,
  exposure: 0.4,
  costs: 12.5,
};

export const JOB_DOCUMENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'job-input': {
    contract: JOB_CONTRACT,
    jobName: 'j1',
    jobType: 'trade/walk',
    strategyId: 'rsi-macd',
    stage: 'trade',
    attempt: 1,
    files: { 'bars.csv': SHA },
    input: { anything: true },
  },
  'job-result': {
    contract: JOB_CONTRACT,
    jobName: 'j1',
    jobType: 'trade/walk',
    files: {},
    result: null,
  },
  'job-failure': { message: 'column close is missing' },
  'gate-policy': {
    version: 1,
    barsMin: 60,
    confidenceMin: 0.6,
    drawdownExcessMax: 0.02,
    resamples: 1000,
    blockBars: 10,
  },
  'release-manifest': {
    strategyId: 'rsi-macd',
    parameters: { fast: 12, kind: 'wilder', long: true },
    modelSha256: null,
    featureSpec: { names: ['rsi'], warmUpBars: 14 },
    datasetId: SHA,
    labelHorizonBars: 1,
    trainWindow: WINDOW,
    holdoutBars: 120,
    trainer: {},
    seed: 7,
    strategySource: 'sha256:x',
    trainerLock: 'sha256:y',
    engineVersion: '1',
    costModel: COSTS,
    gatePolicyVersion: 1,
    trialCount: 60,
    parent: null,
  },
  'strategy-settings': {
    strategyId: 'rsi-macd',
    owner: 'research',
    feed: { kind: 'csv', path: 'data/prices.csv' },
    seriesId: 'sp500-daily',
    instrument: {
      instrumentId: 'sp500',
      name: 'S&P 500',
      currency: 'USD',
      tick: 0.01,
      lot: 0,
      multiplier: 1,
      calendar: 'XNYS',
    },
    costModel: COSTS,
    initialCash: 100_000,
    trainBars: 1000,
    holdoutBars: 120,
    gatePolicyVersion: 1,
    trainer: { candidates: 60 },
  },
  'collect-fetch.input': {
    feed: { kind: 'vega-datasets' },
    from: null,
    to: '2013-01-01',
    now: '2020-12-31T00:00:00Z',
  },
  'trade-walk.result': { bars: 250, orders: 2, fills: 2, decisionsSha256: SHA, account: ACCOUNT },
  'retrain-search.input': {
    strategyId: 'rsi-macd',
    trainWindow: WINDOW,
    holdoutBars: 120,
    seed: 7,
    trainer: {},
    costModel: COSTS,
  },
  'roll-out-evaluate.result': {
    evidence: {
      from: '2012-06-01',
      last: '2012-12-31',
      bars: 120,
      challenger: METRICS,
      champion: METRICS,
      paired: { meanDifference: 0.0001, confidence: 0.7, barsDiffering: 12 },
    },
  },
};
