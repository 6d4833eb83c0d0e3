import { DOCUMENTED_COMMANDS } from './documented-commands.ts';

/** A command that a page tells its reader to type. */
export interface CommandLine {
  readonly page: string;
  /** Line in the page, from 1. */
  readonly line: number;
  /** Without prompt, variables before it, and comment after it. */
  readonly command: string;
}

const OURS = /^(npx )?strategy-loop\b|^npm\b/;

/** The commands in the `sh` blocks of a page that are ours: `strategy-loop …` and `npm …`. */
export function commandLines(page: string, text: string): CommandLine[] {
  const found: CommandLine[] = [];
  let inside = false;
  let unfinished = '';
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim().startsWith('```')) {
      inside = line.trim() === '```sh';
    } else if (inside && line.endsWith('\\')) {
      unfinished += `${line.slice(0, -1).trim()} `;
    } else if (inside) {
      const commands = commandsOf(unfinished + line.trim());
      found.push(...commands.map((command) => ({ page, line: index + 1, command })));
      unfinished = '';
    }
  }
  return found;
}

/** Splits `a && b`, and drops prompt, variables, redirections and comments. */
function commandsOf(line: string): string[] {
  return line
    .replace(/^\$ /, '')
    .replace(/\s#.*$/, '')
    .split(/\s(?:&&|\||;)\s/)
    .map((part) => part.trim().replace(/^([A-Z_]+=\S* )+/, ''))
    .filter((part) => OURS.test(part));
}

/** @returns what is wrong with a documented command; null when a test runs it. */
export function commandProblem({ page, line, command }: CommandLine): string | null {
  const words = command.replace(/^npx /, '').split(/\s+/);
  for (let count = words.length; count > 0; count -= 1) {
    if (words.slice(0, count).join(' ') in DOCUMENTED_COMMANDS) return null;
  }
  return `${page}:${String(line)} shows "${command}", which no test runs: run it in one, and add it to test/support/documented-commands.ts`;
}
