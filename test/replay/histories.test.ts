import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { packagePath } from '../../cli/package-path.ts';

const DIRECTORY = packagePath('test/replay/histories');
const names = readdirSync(DIRECTORY).map((name) => name.replace(/\.json$/, ''));

async function bundle(entry: string): Promise<WorkflowBundleWithSourceMap> {
  return bundleWorkflowCode({
    workflowsPath: packagePath(entry),
    logger: new DefaultLogger('ERROR'),
  });
}

interface RecordedHistory {
  readonly events: readonly [
    { readonly workflowExecutionStartedEventAttributes: { readonly workflowId: string } },
  ];
}

/** Replays a recorded history under workflow code. @returns the error, or null when it fits. */
async function replay(workflowBundle: WorkflowBundleWithSourceMap, name: string) {
  const text = readFileSync(join(DIRECTORY, `${name}.json`), 'utf8');
  const history = JSON.parse(text) as RecordedHistory;
  // Workflows check their own id, which the first event of a history names.
  const workflowId = history.events[0].workflowExecutionStartedEventAttributes.workflowId;
  const results = Worker.runReplayHistories({ workflowBundle }, [{ workflowId, history }]);
  for await (const { error } of results) return error ?? null;
  throw new Error('the replay gave no result');
}

describe('recorded histories', () => {
  let current: WorkflowBundleWithSourceMap;

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    current = await bundle('workflows/index.ts');
  }, 60_000);

  it('exist for every workflow', () => {
    const workflows = readFileSync(packagePath('workflows/index.ts'), 'utf8');
    const files = [...workflows.matchAll(/from '\.\/(.*)\.ts'/g)].map((match) => match[1] ?? '');

    expect(files.filter((file) => !names.some((name) => name.startsWith(file)))).toEqual([]);
  });

  it.each(names)('%s replays under the code of today', async (name) => {
    expect(await replay(current, name)).toBeNull();
  });

  describe('of cycles', () => {
    let planted: WorkflowBundleWithSourceMap;

    beforeAll(async () => {
      planted = await bundle('test/replay/planted/swapped-stages.ts');
    }, 60_000);

    it.each(names.filter((name) => name.startsWith('strategy-cycle')))(
      '%s would be caught by a swap of two stages',
      async (name) => {
        expect(await replay(planted, name)).toBeInstanceOf(Error);
      },
    );
  });
});
