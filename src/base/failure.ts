/** Exit statuses of the command line (design: cli.md). */
export const ExitStatus = { ok: 0, finding: 1, usage: 2, guest: 3, internal: 4 } as const;
export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/**
 * An operating error: a bad file, a bad flag, a full disk. Its message is the one line the user sees:
 * what failed, where, and what to do.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: ExitStatus;
  constructor(message: string, status: ExitStatus = ExitStatus.usage) {
    super(message);
    this.status = status;
  }
}
