import { PreconditionError } from '../precondition.ts';
import { blockMomentsOf, type BlockMoments } from './block-moments.ts';

export interface Overfitting {
  /** Share of choices whose logit is <= 0: the winner in sample is at most median out of sample. */
  readonly pbo: number;
  /** ln(w / (1 − w)) of each choice, in lexicographic order of the blocks chosen as in-sample. */
  readonly logits: Float64Array;
}

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation. The rows are
 * cut into contiguous blocks, and every half of them serves once as in-sample. The column with the
 * greatest in-sample Sharpe ratio (the first of equal ones) is ranked among all columns out of
 * sample: 1 + columns with a smaller ratio + half of the other columns with an equal one; w is that
 * rank over N + 1.
 *
 * @param columns returns per period of each of N trials, all of the same length T; finite.
 * @param blocks S, an even number >= 2 that divides T; 16 gives 12,870 choices.
 * @throws {PreconditionError} without columns, with columns of different lengths, with values that
 *   are not finite, or with blocks that do not divide the rows.
 * @see D. Bailey, J. Borwein, M. López de Prado & Q. Zhu, "The Probability of Backtest Overfitting",
 *   Journal of Computational Finance 20(4), 2017.
 */
export function backtestOverfitting(
  columns: readonly (readonly number[])[],
  blocks = 16,
): Overfitting {
  checkColumns(columns, blocks);
  const moments = columns.map((column) => blockMomentsOf(column, blocks));
  const choices = halvesOf(blocks);
  const logits = new Float64Array(choices.length);
  for (const [index, inSample] of choices.entries()) {
    const outOfSample = inSample.map((chosen) => !chosen);
    const inside = moments.map((each) => sharpeOfBlocks(each, inSample));
    const outside = moments.map((each) => sharpeOfBlocks(each, outOfSample));
    const weight = rankOf(firstGreatest(inside), outside) / (columns.length + 1);
    logits[index] = Math.log(weight / (1 - weight));
  }
  return { pbo: logits.filter((logit) => logit <= 0).length / logits.length, logits };
}

function checkColumns(columns: readonly (readonly number[])[], blocks: number): void {
  const rows = columns[0]?.length ?? 0;
  if (columns.length === 0 || columns.some((column) => column.length !== rows)) {
    const lengths = columns.map((column) => column.length).join(', ') || 'none';
    throw new PreconditionError(`columns must have one length, was ${lengths}`);
  }
  if (!Number.isInteger(blocks) || blocks < 2 || blocks % 2 !== 0) {
    throw new PreconditionError(`blocks must be an even number >= 2, was ${String(blocks)}`);
  }
  if (rows === 0 || rows % blocks !== 0) {
    throw new PreconditionError(
      `rows must be a multiple of ${String(blocks)} blocks, was ${String(rows)}`,
    );
  }
  for (const [number, column] of columns.entries()) {
    checkFinite(number, column);
  }
}

function checkFinite(number: number, column: readonly number[]): void {
  const row = column.findIndex((value) => !Number.isFinite(value));
  if (row !== -1) {
    throw new PreconditionError(
      `column ${String(number)} row ${String(row)} must be finite, was ${String(column[row])}`,
    );
  }
}

/** Every choice of half of the blocks, in lexicographic order. */
function halvesOf(blocks: number): boolean[][] {
  const halves: boolean[][] = [];
  const chosen = new Array<boolean>(blocks).fill(false);
  const choose = (from: number, left: number): void => {
    if (left === 0) {
      halves.push([...chosen]);
      return;
    }
    for (let block = from; block <= blocks - left; block += 1) {
      chosen[block] = true;
      choose(block + 1, left - 1);
      chosen[block] = false;
    }
  };
  choose(0, blocks / 2);
  return halves;
}

/** Mean over sample deviation of the rows of some blocks; 0 where they are constant. */
function sharpeOfBlocks(moments: BlockMoments, chosen: readonly boolean[]): number {
  const { rows, mean, squares } = moments;
  let total = 0;
  let count = 0;
  for (const [block, isChosen] of chosen.entries()) {
    if (isChosen) {
      total += mean[block] as number;
      count += 1;
    }
  }
  const center = total / count;
  let spread = 0;
  for (const [block, isChosen] of chosen.entries()) {
    if (isChosen) {
      spread += (squares[block] as number) + rows * ((mean[block] as number) - center) ** 2;
    }
  }
  const deviation = Math.sqrt(spread / (count * rows - 1));
  // The second test also answers for single rows, whose deviation is 0 / 0.
  return deviation > moments.roundingLimit ? center / deviation : 0;
}

function firstGreatest(values: readonly number[]): number {
  return values.reduce(
    (best, value, index) => (value > (values[best] as number) ? index : best),
    0,
  );
}

/** Average rank of one column among all: 1 for the smallest. */
function rankOf(column: number, values: readonly number[]): number {
  const own = values[column] as number;
  const smaller = values.filter((value) => value < own).length;
  const equal = values.filter((value) => value === own).length - 1;
  return 1 + smaller + equal / 2;
}
