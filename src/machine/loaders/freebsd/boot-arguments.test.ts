import { expect, test } from 'vitest';
import { bootArguments, isEnvironmentLine } from './boot-arguments.ts';

// RB_SINGLE 0x2, RB_VERBOSE 0x800, RB_SERIAL 0x1000, RB_MUTE 0x10000, RB_MULTIPLE 0x20000000 (FreeBSD sys/sys/reboot.h).
test.each([
  ['', [], 0],
  ['-s', [], 0x2],
  ['-sv', [], 0x802],
  ['-s -v', [], 0x802],
  ['-D', [], 0x2000_0000],
  ['-z', [], 0],
  ['', ['boot_verbose=YES'], 0x800],
  ['', ['boot_verbose=no'], 0],
  ['', ['boot_verbose='], 0x800],
  ['boot_single', [], 0x2],
  ['', ['console=comconsole'], 0x1000],
  ['', ['console=nullconsole'], 0x1_0000],
] as const)('%j and %j make boothowto %i', (args, lines, howto) => {
  expect(bootArguments(args, lines).howto).toBe(howto);
});

test('variables are sorted, the last of a name counts, and arguments come after the environment', () => {
  const { environment } = bootArguments('b=3 quiet -S9600 c=x=y', ['b=1', 'a.b=2', 'B=0', 'a.b=5']);
  expect(environment).toEqual(['B=0', 'a.b=5', 'b=3', 'c=x=y', 'comconsole_speed=9600', 'quiet=1']);
});

test('a line of the environment has a name, and nothing that would end it', () => {
  expect(['a=', 'a.b=c d', 'a=b=c'].every(isEnvironmentLine)).toBe(true);
  expect(['', 'a', '=b', 'a b=c', 'a=b\0c', 'a=b\nc'].some(isEnvironmentLine)).toBe(false);
});
