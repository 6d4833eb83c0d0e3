import type { StoredCycle } from '../adapters/postgres/cycles.ts';
import { listCycles } from '../adapters/postgres/cycles.ts';
import type { StorePool } from '../adapters/postgres/pool.ts';
import { listStages } from '../adapters/postgres/stages.ts';
import { readWaiting } from '../adapters/postgres/waiting.ts';
import type { WaitingStage } from '../adapters/postgres/waiting.ts';
import { summarize } from '../adapters/postgres/summary.ts';
import { countedAre } from '../schemas/counted.ts';
import { cycleId, retrainId } from '../schemas/ids.ts';
import { windowAt } from '../schemas/window.ts';
import { drawLines } from './live-lines.ts';
import type { Output } from './output.ts';
import { rideOut } from './ride-out.ts';

/** What a strategy's replay is expected to do. */
export interface Expected {
  readonly strategyId: string;
  readonly cycles: number;
  /** First day of the first window, and the length of each. */
  readonly first: string;
  readonly stepMonths: number;
}

/** The cycles of a replay, and the retrain that makes its first release. */
function ownIds({ strategyId, cycles, first, stepMonths }: Expected): Set<string> {
  const windows = Array.from({ length: cycles }, (_, index) => windowAt(first, stepMonths, index));
  return new Set([
    retrainId(strategyId, 'first'),
    ...windows.map((window) => cycleId(strategyId, window)),
  ]);
}

const POLL_MS = 250;
const BAR_WIDTH = 20;

/**
 * Follows cycles in the store until it is stopped: a bar for each strategy on a terminal, a line
 * for each finished cycle otherwise.
 */
export class ProgressFollower {
  readonly #pool: StorePool;
  readonly #expected: readonly Expected[];
  readonly #output: Output;
  readonly #isTerminal = process.stderr.isTTY;
  readonly #told = new Set<string>();
  #kept = 0;

  constructor(pool: StorePool, expected: readonly Expected[], output: Output) {
    this.#pool = pool;
    this.#expected = expected;
    this.#output = output;
  }

  /** Cycles that were completed before anything was followed. */
  get kept(): number {
    return this.#kept;
  }

  /**
   * Resolves with the first cycle that starts to wait for a person, or with null when `signal` is
   * aborted because the work is done.
   */
  async follow(signal: AbortSignal): Promise<WaitingStage | null> {
    await this.#noteKept();
    for (;;) {
      const waiting = await rideOut(() => this.#step());
      if (waiting !== null || signal.aborted) return waiting;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** Cycles that were done before are not told as if they were done now. */
  async #noteKept(): Promise<void> {
    for (const expected of this.#expected) {
      const own = ownIds(expected);
      const stored = await listCycles(this.#pool, expected.strategyId);
      const kept = stored.filter(
        ({ cycleId: id, kind, status }) =>
          own.has(id) && kind === 'cycle' && status === 'completed',
      );
      for (const cycle of kept) this.#told.add(cycle.cycleId);
      this.#kept += kept.length;
      if (kept.length === 0) continue;
      this.#output.note(
        `${expected.strategyId}: ${countedAre(kept.length, 'cycle')} kept from before`,
      );
    }
  }

  async #step(): Promise<WaitingStage | null> {
    const lines: string[] = [];
    let waiting: WaitingStage | null = null;
    for (const expected of this.#expected) {
      const { strategyId, cycles } = expected;
      const own = ownIds(expected);
      const all = await listCycles(this.#pool, strategyId);
      const stored = all.filter((cycle) => own.has(cycle.cycleId));
      const current = stored.find((cycle) => cycle.status !== 'completed') ?? null;
      const done = stored.filter((cycle) => cycle.kind === 'cycle' && cycle.status === 'completed');
      await this.#tellFinished(done);
      lines.push(await this.#line(strategyId, done.length, cycles, current));
      const isWaiting = stored.some(({ status }) => status === 'awaiting-operator');
      const found = isWaiting ? await readWaiting(this.#pool, strategyId) : [];
      waiting ??= found.find((each) => own.has(each.cycleId)) ?? null;
    }
    this.#draw(lines);
    return waiting;
  }

  async #line(
    strategyId: string,
    done: number,
    cycles: number,
    current: StoredCycle | null,
  ): Promise<string> {
    const filled = Math.round((Math.min(done, cycles) / cycles) * BAR_WIDTH);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`;
    let doing = done >= cycles ? 'done' : 'starting';
    if (current !== null) {
      const stages = await listStages(this.#pool, current.cycleId);
      const stage = stages.at(-1)?.stage ?? 'collect';
      const what = current.kind === 'retrain' ? 'first release' : current.window.from.slice(0, 10);
      doing = `${what}: ${stage}`;
    }
    return `${strategyId.padEnd(14)} ${bar} ${String(done)}/${String(cycles)}  ${doing}`;
  }

  async #tellFinished(done: readonly StoredCycle[]): Promise<void> {
    if (this.#isTerminal) return;
    for (const cycle of done) {
      if (this.#told.has(cycle.cycleId)) continue;
      this.#told.add(cycle.cycleId);
      const summary = await summarize(this.#pool, cycle.cycleId);
      if (summary === null) continue;
      const { outcome, version, reason } = summary.challenger;
      const release = version === null ? '' : ` as release ${String(version)}`;
      this.#output.note(
        `${cycle.strategyId} ${cycle.window.from} to ${cycle.window.to}: traded with release ` +
          `${String(summary.championVersion)}; challenger ${outcome}${release} (${reason})`,
      );
    }
  }

  #draw(lines: readonly string[]): void {
    if (this.#isTerminal) drawLines(lines);
  }
}
