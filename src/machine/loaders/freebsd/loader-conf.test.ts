import { expect, test } from 'vitest';
import { readLoaderConfs } from './loader-conf.ts';

const read = (...texts: string[]) => readLoaderConfs(texts.map((text, n) => ({ name: `f${n}`, text })));

test('a loader.conf is variables, quoted or not', () => {
  const text = '\n# a remark\r\nboot_verbose="YES"\n a.b-c = 5 # why\nq="say \\"x\\" # y" \nempty=""\n';
  expect(read(text).environment).toEqual(['boot_verbose=YES', 'a.b-c=5', 'q=say "x" # y', 'empty=']);
});

test.each(['exec="boot', 'name', '=x', 'a b=c', 'a="b"c'])('%j is no line of a loader.conf', (line) => {
  expect(() => read('', `# one\n${line}\n`)).toThrow('f1:2: ');
});

test('modules are what NAME_load says, by their other lines, wherever these are; the later counts', () => {
  const first =
    'mfsroot_load="YES"\nmfsroot_type="md_image"\nif_foo_load="yes"\nold_load="YES"\nno_load="NO"\nno_name="x"\n';
  const second =
    'mfsroot_name="/boot/mfsroot"\nif_foo_flags="a=1 b"\nold_load="NO"\nif_foo_before="x"\nhw.a_name="1"\n';
  const { environment, modules } = read(first, `${second}exec="echo"\nloader_conf_files="/x"\nkernel="kernel"\n`);
  expect(environment).toEqual(['hw.a_name=1', 'kernel=kernel']);
  expect(modules).toEqual([
    { key: 'mfsroot', where: 'f0:1', file: 'f0', type: 'md_image', name: '/boot/mfsroot' },
    { key: 'if_foo', where: 'f0:3', file: 'f0', flags: 'a=1 b' },
  ]);
});
