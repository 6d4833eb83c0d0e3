import { spawnSync } from 'node:child_process';
import { chown, readFile } from 'node:fs/promises';
import { PostgresError } from './server-error.ts';

/** A user of this machine, as numbers. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * The database server refuses to run as root.
 *
 * @returns the user to run it as when we are root; null when we are not, and it runs as ourselves.
 * @throws {PostgresError} when root's machine knows neither `postgres` nor `nobody`.
 */
export async function databaseUser(): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) {
    return null;
  }
  const users = parsePasswd(await readFile('/etc/passwd', 'utf8'));
  const user = users.get('postgres') ?? users.get('nobody');
  if (user === undefined) {
    throw new PostgresError(
      'the embedded database server cannot run as root, and /etc/passwd knows neither postgres ' +
        'nor nobody; run this command as another user, or set DATABASE_URL',
    );
  }
  return user;
}

/** @returns the users of a passwd file that are not root, by name. */
export function parsePasswd(text: string): Map<string, SystemUser> {
  const users = new Map<string, SystemUser>();
  for (const line of text.split('\n')) {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (/^[1-9]\d*$/.test(uid) && /^\d+$/.test(gid)) {
      users.set(name, { name, uid: Number(uid), gid: Number(gid) });
    }
  }
  return users;
}

/** @returns whether the user can get to a directory and write there: asked, not computed. */
export function canWrite(user: SystemUser | null, directory: string): boolean {
  const script = 'cd -- "$1" && test -w . && test -x .';
  const { status } = spawnSync('/bin/sh', ['-c', script, 'sh', directory], {
    cwd: '/',
    stdio: 'ignore',
    ...identityOf(user),
  });
  return status === 0;
}

/** Gives a file or directory to the user; nothing to do when we run as ourselves. */
export async function giveTo(user: SystemUser | null, path: string): Promise<void> {
  if (user !== null) {
    await chown(path, user.uid, user.gid);
  }
}

/** @returns the options of `spawn` that run a program as the user. */
export function identityOf(user: SystemUser | null): { uid: number; gid: number } | object {
  return user === null ? {} : { uid: user.uid, gid: user.gid };
}
