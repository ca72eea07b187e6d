/** One line that is written over itself, on a terminal alone; an empty one takes it away. */
export function showProgress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}
