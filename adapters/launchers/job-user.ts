/** A user that exists in no image: it owns nothing but the job's output. */
export const JOB_USER = { uid: 65532, gid: 65532 } as const;

/**
 * The user of jobs in containers. Root hands them to a user without rights; anybody else can only
 * start them as itself, because nobody else could give the output directory away.
 */
export function jobUser(): { readonly uid: number; readonly gid: number } {
  const uid = process.getuid?.() ?? JOB_USER.uid;
  return uid === 0 ? JOB_USER : { uid, gid: process.getgid?.() ?? JOB_USER.gid };
}
