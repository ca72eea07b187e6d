// GDB on whole boots of Debian: late in them, back in three ways, to the same counts.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { countsIn, gdbSays, hasGdb, serve } from '../debug/gdb.fixture.ts';
import { hypertape } from '../support/cli.fixture.ts';
import { testFolder } from '../support/demo.fixture.ts';
import { fetched } from '../support/fetched.fixture.ts';

const kernels = [
  { guest: 'debian-arm64', current: '$SP_EL0', hypervisor: '$HCR_EL2', store: /\b(st[rpux]|stlxr|stadd|stset)/ },
  { guest: 'debian-armv7', current: '$TPIDRURO', hypervisor: '$HCR', store: /\b(str|stm|push|strex)/ },
] as const;
/** An address by the kernel's own table: its packages bring no vmlinux. */
const breakAt = (name: string): string =>
  `python gdb.execute('break *' + gdb.execute('monitor symbol ${name}', to_string=True).split()[1])`;
const flush = 'maintenance flush register-cache';

describe.skipIf(!hasGdb).each(kernels)('$guest', ({ guest, current, hypervisor, store }) => {
  it('breaks late in the boot, goes back, and watches a variable of the kernel backwards', async (context) => {
    fetched(context, guest);
    const tape = join(testFolder(), 'boot.tape');
    const recorded = hypertape(['record', '--guest', guest, '-o', tape, '--console', 'none']);
    expect(recorded.status, recorded.stderr).toBe(0);
    const { host, port } = await serve([tape, '--at', 'end']);
    const text = await gdbSays(`${host}:${port}`, '', [
      ...[breakAt('vfs_open'), 'reverse-continue', 'reverse-continue', 'monitor where', 'bt 3'],
      ...['reverse-stepi', 'monitor where', 'stepi', 'monitor where', `p/x ${hypervisor}`],
      ...['continue', 'monitor where', 'reverse-continue', 'monitor where', 'delete'],
      // The flags of the task that runs, the first word of its thread_info.
      ...[`watch -l *(int *) ${current}`, 'reverse-continue', 'monitor where', 'x/i $pc'],
      ...['continue', 'monitor where', 'reverse-continue', 'monitor where', 'delete'],
      ...[breakAt('vfs_open'), 'continue', 'monitor where', flush, 'x/i $pc'],
    ]);
    const counts = countsIn(text);
    expect(counts, text).toHaveLength(9);
    const [late = 0, before, again, next = 0, back, written = 0, behind, rewritten, once] = counts;
    expect([before, again, back, once]).toEqual([late - 1, late, late, late]);
    expect(next).toBeGreaterThan(late);
    expect(written).toBeLessThan(late);
    expect([behind, rewritten]).toEqual([written + 1, written]);
    expect(text).toMatch(/Hardware watchpoint [0-9]+: .*\n\nOld value = .*\nNew value = /);
    expect(text).toMatch(store);
    expect(text).toMatch(/vfs_open/);
    expect(text).toMatch(/= 0x[0-9a-f]{5,}/);
  });
});
