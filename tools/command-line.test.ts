import { expect, test } from 'vitest';
import { hypertape, hypertapeProcess } from './session/command-line.fixture.ts';

const TAPE = 'traces/golden/v3/demo-arm64.tape';

test.each([
  { words: ['--help'] },
  { words: ['replay', '--help'] },
  { words: ['info', TAPE, '--json'] },
  { words: ['replay', TAPE, '--until', '1M'] },
  { words: ['info', 'no.tape'] },
  { words: ['replay', TAPE, '--no-such-option'] },
  { words: ['run', '--guest', 'demo-arm64', '--until', 'demo>'], stdin: 'help\n' },
])('a command in the thread says what it says in a process of its own: $words', ({ words, stdin }) => {
  const told = ({ status, stdout, stderr }: ReturnType<typeof hypertape>) => ({
    status,
    stdout,
    stderr: stderr.replaceAll(/[\d.]+ s \([\d.]+ MIPS\)/g, ''),
  });
  expect(told(hypertape(words, stdin))).toEqual(told(hypertapeProcess(words, stdin === undefined ? {} : { stdin })));
});
