/**
 * One back-test of a price file, as a program: `run-instrument.js FILE`. It prints the bars and the
 * final equity.
 */
import { runBacktest } from '../../jobs/backtest/backtest.ts';
import { loadBars } from '../../jobs/backtest/load-bars.ts';
import { strategyById } from '../../strategies/registry.ts';
import { referenceRequest } from '../engine/own-backtest.ts';

const file = process.argv[2] ?? '';
const bars = loadBars(file, new Date().toISOString());
const answer = await runBacktest(referenceRequest(file), strategyById('rsi-macd'), bars);
process.stdout.write(`${JSON.stringify({ bars: answer.bars, finalEquity: answer.finalEquity })}\n`);
