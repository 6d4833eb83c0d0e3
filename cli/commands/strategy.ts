import type { Command } from 'commander';
import { counted } from '../../schemas/counted.ts';
import { CommandExitCode } from '../../schemas/exit-code.ts';
import type { ContractInput, ContractResult } from '../../schemas/jobs/check.ts';
import type { PlacesInput, PlacesResult } from '../../schemas/jobs/describe.ts';
import { CommandError } from '../command-error.ts';
import { withFormat, withOutput } from '../options.ts';
import { createOutput, table } from '../output.ts';
import type { Format } from '../output.ts';
import { strategyPlaces } from '../strategy-places.ts';

interface StrategyOptions {
  readonly json: boolean;
}

interface ListOptions extends StrategyOptions {
  readonly format: Format;
}

type Described = PlacesResult['strategies'][number];

const EXIT_CODES = `
Exit codes: 0 done; 1 a promise is broken; 64 wrong options; 65 unknown strategy, or a file at fault.`;

const PLACES = `
Strategies of your own are found in the folder ./strategies, or where the nearest package.json says:
  "strategy-loop": { "strategies": ["./strategies", "a-package"] }`;

export function addStrategyCommands(program: Command): void {
  const strategy = program
    .command('strategy')
    .description('list, show and test strategies: installed ones and your own')
    .addHelpText('after', `${PLACES}\n\nExample:\n  strategy-loop strategy list`);
  withFormat(withOutput(strategy.command('list')))
    .description('list the strategies that can be named, and files that hold none')
    .addHelpText('after', `${PLACES}\n\nExample:\n  strategy-loop strategy list --format csv`)
    .action(listStrategies);
  withOutput(strategy.command('show'))
    .argument('<strategy>', 'id, or path of its file')
    .description('show parameters, warm-up, and hash of the code of a strategy')
    .addHelpText(
      'after',
      `${EXIT_CODES}\n\nExample:\n  strategy-loop strategy show ./my-strategy.ts`,
    )
    .action(showStrategy);
  withOutput(strategy.command('test'))
    .argument('<strategy>', 'id, or path of its file')
    .description('try what every strategy promises, on every row of bars that are made up')
    .addHelpText(
      'after',
      `
The same checks run for every installed strategy in the tests of this project. \`strategy-loop check\`
goes further with other parameters and other bars.
${EXIT_CODES}

Example:
  strategy-loop strategy test ./my-strategy.ts`,
    )
    .action(testStrategy);
}

/** Asks in a process of its own: code of strategies is never loaded in this one. */
async function describe(strategyId: string | null): Promise<PlacesResult> {
  const input: PlacesInput = { places: strategyPlaces(), strategyId };
  const [{ runLocalJob }, { PlacesResult }] = await Promise.all([
    import('../run-job.ts'),
    import('../../schemas/jobs/describe.ts'),
  ]);
  const jobType = 'describe/places';
  return PlacesResult.parse(await runLocalJob({ jobType, strategyId: strategyId ?? 'all', input }));
}

async function listStrategies({ json, format }: ListOptions): Promise<void> {
  const output = createOutput(json, format);
  const { strategies, problems } = await describe(null);
  const rows = strategies.map(({ strategyId, title, source, sourceSha256 }) => [
    ...[strategyId, title, source ?? 'installed', sourceSha256.slice(0, 12)],
  ]);
  output.list({ strategies, problems }, { head: ['strategy', 'title', 'from', 'code'], rows });
  for (const problem of problems) output.note(`not a strategy: ${problem}`);
}

async function showStrategy(strategyId: string, { json }: StrategyOptions): Promise<void> {
  const { strategies } = await describe(strategyId);
  const [found] = strategies;
  if (found === undefined) throw new Error(`${strategyId} was found and not described`);
  createOutput(json).answer(found, textOf(found));
}

function textOf(found: Described): string {
  const { properties = {} } = found.parameterSchema as {
    properties?: Record<string, Record<string, unknown>>;
  };
  const parameters = Object.entries(properties).map(([name, schema]) => [
    name,
    JSON.stringify(found.defaultParameters[name]),
    rangeOf(schema),
  ]);
  const facts = table(
    ['', ''],
    [
      ['strategy', found.strategyId],
      ['title', found.title],
      ['from', found.source ?? 'installed'],
      ['code', found.sourceSha256],
      ['warm-up', `${counted(found.warmUpBars, 'bar')} with the defaults`],
      ['model', found.needsModel ? 'needs one: --model' : 'none'],
      ['trainer', found.trainerJob],
    ],
  ).trimStart();
  const parts = [facts, found.description];
  if (parameters.length > 0) parts.push(table(['parameter', 'default', 'values'], parameters));
  return parts.join('\n\n');
}

/** The values that a JSON Schema allows, in words: `integer 2 to 100`. */
function rangeOf(schema: Record<string, unknown>): string {
  const { type, minimum, maximum, enum: choices } = schema;
  if (Array.isArray(choices)) return choices.map(String).join(', ');
  const words = [typeof type === 'string' ? type : 'any'];
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    words.push(`${String(minimum)} to ${String(maximum)}`);
  }
  return words.join(' ');
}

async function testStrategy(strategyId: string, { json }: StrategyOptions): Promise<void> {
  const output = createOutput(json);
  const input: ContractInput = { strategyId, places: strategyPlaces() };
  const [{ runLocalJob }, { ContractResult }] = await Promise.all([
    import('../run-job.ts'),
    import('../../schemas/jobs/check.ts'),
  ]);
  const jobType = 'check/contract';
  const result = ContractResult.parse(await runLocalJob({ jobType, strategyId, input }));
  if (result.passed) {
    output.answer(result, testText(result));
    return;
  }
  if (!json) output.answer(result, testText(result));
  const broken = result.promises.filter(({ problem }) => problem !== null).length;
  const message = `${result.strategyId} breaks ${String(broken)} of ${String(result.promises.length)} promises`;
  throw new CommandError(CommandExitCode.Failed, message, { found: result });
}

function testText({ strategyId, source, promises }: ContractResult): string {
  const lines = promises.map(({ promise, problem }) =>
    problem === null ? `kept    ${promise}` : `BROKEN  ${promise}: ${problem}`,
  );
  return [`${strategyId}, ${source ?? 'installed'}`, ...lines].join('\n');
}
