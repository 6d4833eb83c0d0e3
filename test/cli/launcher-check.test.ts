import { launcherTrouble } from '../../cli/launcher-check.ts';
import { LauncherKind } from '../../schemas/task-queue.ts';

describe('launcherTrouble', () => {
  const away = {
    kind: LauncherKind.Docker,
    list: () => Promise.reject(new Error('socket hang up')),
  };

  it('names the engine, why it cannot be asked and the way out, and no password', async () => {
    const environment = { DOCKER_HOST: 'tcp://user:secret@engine.example:2375' };

    expect(await launcherTrouble(away, environment)).toEqual({
      text: 'the Docker Engine at tcp://…@engine.example:2375 cannot be asked: socket hang up',
      wayOut: expect.stringContaining('DOCKER_HOST') as string,
    });
  });

  it('finds none where the jobs are answered', async () => {
    const answering = { kind: LauncherKind.Docker, list: () => Promise.resolve([]) };

    expect(await launcherTrouble(answering, {})).toBeNull();
  });
});
