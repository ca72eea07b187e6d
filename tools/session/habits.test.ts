import { expect, test } from 'vitest';
import { qemuAdvice, strayAdvice } from './habits.ts';

const words = (line: string) => line.split(' ');

test.each([
  ['run -kernel Image', '-kernel: give --kernel FILE'],
  ['run --kernel Image -m 512', '-m: give --memory 512M'],
  ['record -smp 2 -o a.tape', '-smp: give --smp N'],
  ['run --guest demo-arm64 -nographic', '-nographic: leave it out: the console is on this terminal'],
  ['record -o a.tape -append console=ttyAMA0', '-append: give --append "WORDS", in quotes'],
  ['run --append -smp --guest demo-arm64', undefined],
  ['record -o -m', undefined],
  ['run --guest demo-arm64 -h', undefined],
])('%s', (line, advice) => {
  const said = qemuAdvice(words(line));
  if (advice === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(advice);
});

const known = {
  verb: 'record',
  options: ['guest', 'kernel', 'until', 'append'],
  guests: ['demo-arm64', 'debian-arm64'],
};
test.each([
  [['--untill'], 'record --untill x', 'did you mean --until?'],
  [['demo-arm64'], 'record demo-arm64 -o x', 'give a guest as --guest demo-arm64'],
  [['demoarm64'], 'record demoarm64 -o x', 'did you mean --guest demo-arm64?'],
  [['x.tape'], 'record x.tape', 'give the tape to write as -o x.tape'],
  [['Image'], 'record Image', 'give a kernel as --kernel Image'],
  [
    ['root=/dev/vda', 'ro'],
    'record --append console=ttyAMA0 root=/dev/vda ro -o x',
    'put the words of --append in quotes: --append "console=ttyAMA0 root=/dev/vda ro"',
  ],
  [['zzz'], 'record zzz', undefined],
])('%j of %j', (strays, line, advice) => expect(strayAdvice(strays, words(line), known)).toBe(advice));

test('other verbs have no guests', () =>
  expect(strayAdvice(['demo-arm64'], ['info'], { ...known, options: ['json'] })).toBeUndefined());
