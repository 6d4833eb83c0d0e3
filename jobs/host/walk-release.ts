import { barSeries } from '../../engine/bar-series.ts';
import type { IndexSpan, Walk } from '../../engine/walk.ts';
import type { Bar } from '../../schemas/bar.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import type { FeatureSpec } from '../../schemas/release.ts';
import type { CostModel } from '../../schemas/settings.ts';
import type { AccountState } from '../../schemas/trading.ts';
import type { Window } from '../../schemas/window.ts';
import { strategyById } from '../../strategies/registry.ts';
import { BadInputError } from '../contract/job-error.ts';
import { predictBars } from './predict-bars.ts';
import { spanOf } from './span.ts';
import { walkStrategy } from './walk-strategy.ts';

/** A release, or a challenger that is to be walked like one. */
export interface ReleaseToWalk {
  /** Stamped on decisions, orders and fills. */
  readonly releaseId: string;
  readonly strategyId: string;
  readonly parameters: ParameterSet;
  readonly featureSpec: FeatureSpec;
  /** Bytes of the ONNX file; null for strategies without a model. */
  readonly modelBytes: Uint8Array | null;
}

export interface WalkReleaseInput {
  /** Oldest first; bars before the window serve as warm-up. */
  readonly bars: readonly Bar[];
  /** Bars to walk: by open time [from, to) or by index [fromIndex, toIndex). */
  readonly window: Window | IndexSpan;
  readonly release: ReleaseToWalk;
  /** `openAccount(cash)` for a fresh one. */
  readonly account: AccountState;
  readonly costModel: CostModel;
}

/**
 * Walks a release over a window as every stage does: declared features over all bars, the model
 * once over the bars that need it, then bar by bar. A window without bars gives an empty walk.
 *
 * @throws {SettingsError} when the strategy is unknown or its parameters break its schema.
 * @throws {ModelError} when the model cannot be used.
 * @throws {BadInputError} when the model and the feature spec do not belong together.
 * @throws {PreconditionError} when the window does not begin after the account's last bar.
 */
export async function walkRelease(input: WalkReleaseInput): Promise<Walk> {
  const { bars, release, account, costModel } = input;
  const { featureSpec, modelBytes } = release;
  checkModelBelongs(release);
  const strategy = strategyById(release.strategyId).bind(release.parameters);
  const series = barSeries(bars);
  const span = 'fromIndex' in input.window ? input.window : spanOf(series.time, input.window);
  const firstDecision = Math.max(strategy.warmUpBars, featureSpec.warmUpBars);
  const predictions =
    modelBytes === null
      ? null
      : await predictBars({
          series,
          span: { fromIndex: Math.max(span.fromIndex, firstDecision), toIndex: span.toIndex },
          featureNames: featureSpec.names,
          modelBytes,
        });
  return walkStrategy({
    bars,
    span,
    strategy,
    decideAt: strategy.prepare(series),
    firstDecision,
    predictions,
    releaseId: release.releaseId,
    account,
    costModel,
  });
}

function checkModelBelongs({ strategyId, featureSpec, modelBytes }: ReleaseToWalk): void {
  const wantsModel = featureSpec.names.length > 0;
  if (wantsModel !== (modelBytes !== null)) {
    const [rule, was] = wantsModel
      ? ['a model file, because its feature spec names inputs', 'without one']
      : ['no model file, because its feature spec names no inputs', 'with one'];
    throw new BadInputError(
      `release of ${strategyId} must come with ${rule}, was ${was}. Publish the release again.`,
    );
  }
}
