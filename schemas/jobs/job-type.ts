import type { z } from 'zod';
import { FinishInput, FinishResult, PartInput, PartResult } from './backtest.ts';
import { CheckInput, CheckResult, ContractInput, ContractResult } from './check.ts';
import { FetchInput, FetchResult } from './collect.ts';
import { DescribeInput, DescribeResult, PlacesInput, PlacesResult } from './describe.ts';
import { EvaluateInput, EvaluateResult } from './roll-out.ts';
import { MeasureInput, MeasureResult, ReportInput, ReportResult } from './analyze.ts';
import { RetrainInput, RetrainResult, ScoreInput, ScoreResult, SearchInput } from './retrain.ts';
import { WalkInput, WalkResult } from './trade.ts';

/** Every job type with the schemas of its input and its result. */
export const JOB_TYPES = {
  'collect/fetch': { input: FetchInput, result: FetchResult },
  'trade/walk': { input: WalkInput, result: WalkResult },
  'analyze/measure': { input: MeasureInput, result: MeasureResult },
  'analyze/report': { input: ReportInput, result: ReportResult },
  'retrain/score': { input: ScoreInput, result: ScoreResult },
  'retrain/search': { input: SearchInput, result: RetrainResult },
  'retrain/train': { input: RetrainInput, result: RetrainResult },
  'roll-out/evaluate': { input: EvaluateInput, result: EvaluateResult },
  'check/strategy': { input: CheckInput, result: CheckResult },
  'check/contract': { input: ContractInput, result: ContractResult },
  'describe/places': { input: PlacesInput, result: PlacesResult },
  'backtest/part': { input: PartInput, result: PartResult },
  'backtest/finish': { input: FinishInput, result: FinishResult },
  'describe/strategies': { input: DescribeInput, result: DescribeResult },
} as const;

export type JobType = keyof typeof JOB_TYPES;
export type InputOf<T extends JobType> = z.infer<(typeof JOB_TYPES)[T]['input']>;
export type ResultOf<T extends JobType> = z.infer<(typeof JOB_TYPES)[T]['result']>;
