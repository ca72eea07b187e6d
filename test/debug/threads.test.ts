// Who looks at a guest of several vCPUs sees each of them: GDB's threads, "where", a core.
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { hypertape } from '../../tools/session/command-line.fixture.ts';
import { gdbSays, hasGdb, serve } from './gdb.fixture.ts';

const archs = ['arm64', 'armv7'] as const;
/** All four vCPUs are on, and add by exclusive accesses. */
const AT = 'console:exclusive#1-4000';

let folder = '';
const tapeOf = (arch: string): string => join(folder, `${arch}.tape`);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hypertape-threads-'));
  for (const arch of archs) {
    const guest = ['--guest', `demo-smp-${arch}`, '--smp', '4', '--memory', '32M'];
    const { status, stderr } = hypertape(['record', ...guest, '-o', tapeOf(arch), '--console', 'none']);
    if (status !== 0) throw new Error(stderr);
  }
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

interface Seen {
  readonly vcpu: number;
  readonly pc: string;
  readonly registers: { readonly sp: string };
  readonly others: readonly Seen[];
}
function whereAt(arch: string): readonly Seen[] {
  const { stdout } = hypertape(['where', tapeOf(arch), '--at', AT, '--json']);
  const seen = JSON.parse(stdout) as Seen;
  return [seen, ...seen.others].sort((a, b) => a.vcpu - b.vcpu);
}

describe.each(archs)('%s', (arch) => {
  it('"where" tells of all, the one whose turn it is first', () => {
    const seen = whereAt(arch);
    expect(seen.map(({ vcpu }) => vcpu)).toEqual([0, 1, 2, 3]);
    // Each has a stack of its own.
    expect(new Set(seen.map(({ registers }) => Number(registers.sp) >> 12)).size).toBe(4);
  });

  it.skipIf(!hasGdb)(
    'GDB has a thread for each, with its registers and stack, and breaks where any of them comes',
    async () => {
      const { host, port } = await serve([tapeOf(arch)], folder);
      const text = await gdbSays(`${host}:${port}`, guestFiles(`demo-smp-${arch}`).kernel, [
        ...[`monitor seek ${AT}`, 'maintenance flush register-cache', 'info threads'],
        ...['thread 1', 'p/x $pc', 'thread 4', 'p/x $pc', 'p/x $sp', 'info symbol $pc', 'thread 2', 'p/x $sp'],
        ...['break call_code', 'continue', 'info threads', 'continue', 'p $_thread'],
      ]);
      const seen = whereAt(arch);
      for (const { vcpu } of seen) expect(text).toContain(`vCPU ${vcpu}`);
      const values = [...text.matchAll(/^\$\d+ = (0x[0-9a-f]+)$/gm)].map(([, value]) => Number(value));
      expect(values).toEqual(
        [seen[0]?.pc, seen[3]?.pc, seen[3]?.registers.sp, seen[1]?.registers.sp].map((value) => Number(value)),
      );
      expect(text.match(/Thread \d.*hit Breakpoint 1/g)).toHaveLength(2);
    },
  );

  it('a core has the registers of each', () => {
    const core = join(folder, `${arch}.core`);
    expect(hypertape(['core', tapeOf(arch), '--at', AT, '-o', core]).status).toBe(0);
    const { stdout } = spawnSync('readelf', ['-n', core], { encoding: 'utf8' });
    expect(stdout.match(/NT_PRSTATUS/g)).toHaveLength(4);
    if (!hasGdb) return;
    const gdb = spawnSync('gdb-multiarch', ['-nx', '-batch', '-ex', 'thread apply all p/x $pc', '-c', core], {
      encoding: 'utf8',
    });
    const pcs = [...gdb.stdout.matchAll(/^\$\d+ = (0x[0-9a-f]+)$/gm)].map(([, value]) => Number(value)).sort();
    expect(pcs).toEqual(
      whereAt(arch)
        .map(({ pc }) => Number(pc))
        .sort(),
    );
  });
});

it.skipIf(!hasGdb)('GDB writes registers of a thread whose turn it is not, and the tape has them as its', async () => {
  const tape = join(folder, 'live.tape');
  const guest = ['--guest', 'demo-smp-arm64', '--smp', '4', '--memory', '32M'];
  const { host, port, process: server } = await serve([...guest, '-o', tape, '--console', 'none'], folder);
  const gone = once(server, 'exit');
  const register = '$x27';
  const text = await gdbSays(`${host}:${port}`, guestFiles('demo-smp-arm64').kernel, [
    ...['break call_code', 'continue', 'set $hit = $_thread', 'eval "thread %d", $hit == 4 ? 3 : 4'],
    ...[`set $was = ${register}`, `p/x ${register} = 0x1234`, 'maintenance flush register-cache', `p/x ${register}`],
    ...[`p ${register} = $was`, 'eval "thread %d", $hit', `p ${register} == 0x1234`, 'delete', 'continue'],
  ]);
  expect(text).not.toContain('Could not write');
  expect(text.match(/^\$\d+ = 0x1234$/gm)).toHaveLength(2);
  expect(text).toMatch(/^\$\d+ = 0$/m);
  expect(text).toContain('exited normally');
  expect((await gone)[0]).toBe(0);
  const edits = hypertape(['events', tape, '--class', 'edit', '--json']).stdout.trim().split('\n');
  expect(edits).toHaveLength(2);
  const hit = Number(/Thread (\d).*hit Breakpoint 1/.exec(text)?.[1]);
  for (const edit of edits) expect(JSON.parse(edit)).toMatchObject({ vcpu: hit === 4 ? 2 : 3 });
  expect(hypertape(['replay', tape, '--console', 'none']).status).toBe(0);
});
