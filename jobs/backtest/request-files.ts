import { basename } from 'node:path';
import type { TableColumn } from '../../adapters/parquet/write-table.ts';
import {
  REPORT_NAME,
  SWEEP_TABLE,
  type BacktestRequest,
  type SweepRequest,
  type WantedFiles,
} from '../../schemas/backtest.ts';
import type { Bar } from '../../schemas/bar.ts';
import { BARS_PER_YEAR } from '../../engine/statistics/returns.ts';
import type { ParameterSet } from '../../schemas/primitives.ts';
import { sourceName } from '../../schemas/strategy-places.ts';
import type { FoundStrategy } from '../host/find-strategy.ts';
import { strategyHash } from '../host/strategy-hash.ts';
import type { Backtest } from './backtest-document.ts';
import { recordsDocument, walkDocument } from './backtest.ts';
import { backtestTables, type DecidedBar, type MarkedBar } from './backtest-tables.ts';
import { futuresDocument } from './futures-backtest.ts';
import type { OpenedRequest } from './open-request.ts';
import { axesOf, flatParameters, type Axis, type FlatValue } from './parameter-axes.ts';
import { joinFutures, joinSets, joinWalk, partsOfKind, type Part } from './request-parts.ts';
import { readParameterSets, type SweptSets } from './sweep.ts';
import { prepareBacktest, type PreparedBacktest } from './walk-backtest.ts';
import { writeTable } from './write-table.ts';

/** A file that was wanted. */
export interface MadeFile {
  readonly name: string;
  readonly content: Uint8Array | string;
}

/** What a command answers: its document, and the files that were wanted. */
export interface Answer {
  readonly document: unknown;
  readonly files: readonly MadeFile[];
}

/** Whether the Sharpe ratio of every parameter set is needed for the files that are wanted. */
export function needsSharpes({ report, tables }: WantedFiles): boolean {
  return report || tables !== null;
}

/** Puts the parts of a request together: the same bytes, however many parts there are. */
export async function answerOf(
  opened: OpenedRequest,
  parts: readonly Part[],
  wanted: WantedFiles,
): Promise<Answer> {
  return isBacktest(opened)
    ? answerBacktest(opened, parts, wanted)
    : answerSweep(opened as OpenedRequest<SweepRequest>, parts, wanted);
}

export function isBacktest(opened: OpenedRequest): opened is OpenedRequest<BacktestRequest> {
  return opened.request.command === 'backtest';
}

async function answerBacktest(
  opened: OpenedRequest<BacktestRequest>,
  parts: readonly Part[],
  { report, tables }: WantedFiles,
): Promise<Answer> {
  const { request, found, bars } = opened;
  const prepared = prepareBacktest(request, found.strategy, bars);
  const walked = walkedOf(prepared, parts, bars);
  const { document, initialEquity } = walked;
  const files: MadeFile[] = [];
  if (tables !== null) {
    const made = backtestTables(document.trades, walked);
    for (const [name, columns] of Object.entries(made)) {
      files.push({ name: `${name}.${tables}`, content: writeTable(columns, tables) });
    }
  }
  if (report) {
    // Loaded on demand: the page's style and scripts are of no use to a document.
    const { renderBacktestPage } = await import('./page/backtest-page.ts');
    const content = renderBacktestPage({
      strategy: aboutStrategy(found),
      dataName: basename(request.dataFile),
      ...{ prepared, bars, document, initialEquity, equity: walked.equity },
    });
    files.push({ name: REPORT_NAME, content });
  }
  return { document, files };
}

/** A back-test whose bars have all been walked, whatever its account. */
interface WalkedBacktest {
  readonly document: Backtest;
  readonly initialEquity: number;
  readonly equity: readonly MarkedBar[];
  readonly decisions: readonly DecidedBar[];
}

function walkedOf(
  prepared: PreparedBacktest,
  parts: readonly Part[],
  bars: readonly Bar[],
): WalkedBacktest {
  const { futures } = prepared.bound;
  if (futures !== null) {
    const walk = joinFutures(partsOfKind(parts, 'futures'));
    const document = futuresDocument(prepared, futures, walk);
    return { ...walk, document, initialEquity: futures.capital };
  }
  const initialEquity = prepared.request.initialCash;
  const [first] = parts;
  if (first?.kind === 'walked') {
    const { walk } = first;
    return {
      document: walkDocument(prepared, walk),
      initialEquity,
      // Made of the log when they are asked for: a document alone does not pay for them.
      get equity() {
        return walk.equity;
      },
      get decisions() {
        return walk.decisions;
      },
    };
  }
  const records = joinWalk(partsOfKind(parts, 'walk'), bars);
  return { ...records, document: recordsDocument(prepared, records), initialEquity };
}

async function answerSweep(
  opened: OpenedRequest<SweepRequest>,
  parts: readonly Part[],
  { report, tables, heatMap }: WantedFiles,
): Promise<Answer> {
  const { request, found, bars } = opened;
  const swept = joinSets(partsOfKind(parts, 'sets'), readParameterSets(request));
  const files: MadeFile[] = [];
  if (tables !== null) {
    const content =
      tables === 'json' ? setsAsJson(swept) : writeTable(setsTable(opened, swept), tables);
    files.push({ name: `${SWEEP_TABLE}.${tables}`, content });
  }
  if (report) {
    const { renderSweepPage } = await import('./page/sweep-page.ts');
    const { sweepStatistics } = await import('./sweep-statistics.ts');
    const content = renderSweepPage({
      strategy: aboutStrategy(found),
      dataName: basename(request.dataFile),
      setsName: basename(request.parametersFile),
      request,
      bars,
      swept,
      statistics: await sweepStatistics(request, found.strategy, bars, swept),
      axes: sweepAxes(opened, heatMap),
    });
    files.push({ name: REPORT_NAME, content });
  }
  return { document: swept.rows, files };
}

/**
 * The sides of a sweep's map.
 *
 * @throws {BadInputError} when a wanted parameter is unknown or does not vary.
 */
export function sweepAxes(
  opened: OpenedRequest<SweepRequest>,
  wanted: WantedFiles['heatMap'],
): Axis[] {
  return axesOf(flatSets(opened), wanted);
}

/** All parameters of each set, those that it leaves out included. */
function flatSets({
  request,
  found: { strategy },
}: OpenedRequest<SweepRequest>): Readonly<Record<string, FlatValue>>[] {
  return readParameterSets(request).map((set) =>
    flatParameters({ ...strategy.defaultParameters, ...(set as ParameterSet) }),
  );
}

const FIGURES = ['finalEquity', 'trades', 'maxDrawdown', 'sharpe'];

/** One row a set: its parameters, then its figures. The Sharpe ratio is annual. */
function setsTable(opened: OpenedRequest<SweepRequest>, swept: SweptSets): TableColumn[] {
  const sets = flatSets(opened);
  const names = [...new Set(sets.flatMap((set) => Object.keys(set)))];
  const parameters = names.map((name): TableColumn => {
    const values = sets.map((set) => set[name] ?? null);
    const title = FIGURES.includes(name) ? `parameters.${name}` : name;
    return { name: title, ...columnOf(values) };
  });
  return [
    ...parameters,
    { name: 'finalEquity', kind: 'number', values: swept.rows.map((row) => row.finalEquity) },
    { name: 'trades', kind: 'integer', values: swept.rows.map((row) => row.trades) },
    { name: 'maxDrawdown', kind: 'number', values: swept.rows.map((row) => row.maxDrawdown) },
    { name: 'sharpe', kind: 'number', values: annualSharpes(swept) },
  ];
}

/** A column of one kind; texts when its values are of several. */
function columnOf(values: readonly (FlatValue | null)[]): Omit<TableColumn, 'name'> {
  const known = values.filter((value) => value !== null);
  if (known.every((value) => typeof value === 'number')) return { kind: 'number', values };
  if (known.every((value) => typeof value === 'boolean')) return { kind: 'boolean', values };
  return { kind: 'text', values: values.map((value) => (value === null ? null : String(value))) };
}

/** The document's rows, one a line, with their Sharpe ratios. */
function setsAsJson(swept: SweptSets): string {
  const sharpes = annualSharpes(swept);
  const lines = swept.rows.map((row, at) => JSON.stringify({ ...row, sharpe: sharpes[at] }));
  return lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`;
}

function annualSharpes({ sharpes }: SweptSets): (number | null)[] {
  const root = Math.sqrt(BARS_PER_YEAR);
  return (sharpes ?? []).map((sharpe) => (sharpe === null ? null : sharpe * root));
}

function aboutStrategy(found: FoundStrategy) {
  const { strategy, source } = found;
  const where = source === null ? 'installed' : basename(sourceName(source));
  const hash = strategyHash(found).slice(0, 12);
  return {
    id: strategy.id,
    title: strategy.title,
    description: strategy.description,
    source: `${where}, code ${hash}`,
  };
}

/** Refuses before any work what would fail at its end. */
export function checkWanted(opened: OpenedRequest, wanted: WantedFiles): void {
  if (isBacktest(opened) || wanted.heatMap === null) return;
  sweepAxes(opened as OpenedRequest<SweepRequest>, wanted.heatMap);
}
