/** Whether an error is that of a system call that failed. */
export const isSystemError = (error: unknown): boolean => (error as NodeJS.ErrnoException).code !== undefined;

/** What a failed system call says, in words. */
export function systemError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder',
    EACCES: 'permission denied',
    EPERM: 'not permitted',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of its path is no folder',
    ENAMETOOLONG: 'its name is too long',
    ELOOP: 'its path goes through too many links',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file would be larger than the system allows',
    EROFS: 'the file system is read-only',
    EIO: 'the disk reported an error',
    EMFILE: 'too many files are open',
    ENXIO: 'nothing is at its other end',
  };
  const known = words[code];
  return known ? `${known} (${code})` : code;
}
