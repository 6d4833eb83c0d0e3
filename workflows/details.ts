import { SKIPPABLE_STAGES, STAGES, Stage } from '../schemas/stage.ts';
import type { Cause } from './failure.ts';

/** The Temporal UI cuts long details, so texts stay short. */
const LOG_LINES_MAX = 12;
const LINE_MAX = 160;
const MESSAGE_MAX = 600;

const SKIP_MEANS: Partial<Record<Stage, string>> = {
  [Stage.Collect]: 'go on with the newest dataset that is stored',
  [Stage.Retrain]: 'keep the champion; nothing is rolled out',
  [Stage.RollOut]: 'keep the champion; the challenger is left',
};

/** Markdown shown while a stage runs. */
export function runningDetails(
  stage: Stage,
  stagesMs: Readonly<Partial<Record<Stage, number>>>,
): string {
  const lines = STAGES.map((candidate) => {
    const ms = stagesMs[candidate];
    if (ms !== undefined) return `- ${candidate}: done in ${String(ms)} ms`;
    return candidate === stage ? `- **${candidate}: running**` : `- ${candidate}`;
  });
  return lines.join('\n');
}

/** Markdown shown while a stage waits for a person: the cause, the choices, the last log lines. */
export function waitingDetails(stage: Stage, cause: Cause): string {
  const log = cause.logTail
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-LOG_LINES_MAX)
    .map((line) => line.slice(0, LINE_MAX).replaceAll('`', "'"));
  const choices = [
    `- **retryStage** \`{"stage":"${stage}","reason":"…","actor":"…"}\`: run it again as a new attempt`,
    ...(SKIPPABLE_STAGES.includes(stage)
      ? [`- **skipStage** with the same data: ${SKIP_MEANS[stage] ?? ''}`]
      : []),
    '- **abortCycle** `{"reason":"…","actor":"…"}`: end this cycle; its window may be started again',
  ];
  return [
    `### ${stage} failed and waits for you`,
    `**${cause.type}**: ${cause.message.slice(0, MESSAGE_MAX)}`,
    // In front of the log: the UI's panel is low, and what lies below its edge is easily missed.
    'Send one of these (*More Actions*, *Send an Update* or *Send a Signal*):',
    choices.join('\n'),
    ...(log.length === 0 ? [] : ['Last lines of its log:', ['```', ...log, '```'].join('\n')]),
  ].join('\n\n');
}
