// Of several vCPUs: who wrote a register is who single steps see changing it, and no change of turn is a write.
import { afterAll, expect, it } from 'vitest';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { lastMemoryWrite, lastRegisterWrite, registerWrites, type Write } from '../../src/timeline/who-wrote.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { hypertape, jsonOf, WorkFolder } from '../../tools/session/command-line.fixture.ts';
import { watchedRegister } from '../../tools/session/watched-register.ts';
import { recordDemo } from '../support/demo.fixture.ts';

const VCPUS = [0, 1, 2];
const STRETCH = 500;
const work = new WorkFolder();
afterAll(() => work.remove());

const kinds = [
  { arch: 'arm64', gicVersion: 3, registers: ['x0', 'x1', 'sp', 'VBAR_EL1'] },
  { arch: 'armv7', gicVersion: 2, registers: ['r0', 'r1', 'sp', 'VBAR'] },
] as const;
/** Turns are short, and all CPUs are turned on twice. */
function recorded({ arch, gicVersion }: (typeof kinds)[number], name: string = arch): string {
  const path = work.file(`${name}.tape`);
  const images = MachineImages.read({ kernel: guestFiles(`demo-smp-${arch}`).kernel });
  recordDemo({ path, images, config: { arch, gicVersion, vcpus: VCPUS.length, turnCounts: 300, scheduleSeed: 4n } });
  return path;
}

it.each(kinds)('$arch: registers of each vCPU', (kind) => {
  const reader = TapeReader.open(recorded(kind));
  const t = new Timeline(reader);
  const view = new GuestView(t.machine);
  const calls = [...reader.events({ classes: new Set(['psci']) })].map(({ at }) => at);
  const first = calls[4] as number;
  for (const from of [first - 100, (calls.at(-3) as number) - 100]) {
    t.seek(from);
    const watched = VCPUS.flatMap((vcpu) =>
      kind.registers.map((name) => {
        const register = view.of(vcpu, () => watchedRegister(view, name));
        if (register === undefined) throw new Error(name);
        return { vcpu, name, register, steps: [] as { icount: number; after: bigint }[] };
      }),
    );
    const look = () => watched.map(({ vcpu, register }) => t.machine.cpu.peek(vcpu, () => register.read()));
    let before = look();
    for (let n = 0; n < STRETCH; n++) {
      const { icount } = t.now;
      t.session.run(icount + 1);
      const now = look();
      for (const [i, value] of now.entries()) if (value !== before[i]) watched[i]?.steps.push({ icount, after: value });
      before = now;
    }
    const { icount: to } = t.now;
    for (const { vcpu, name, register, steps } of watched) {
      const writes: Write[] = [];
      registerWrites(t, register, from, (write) => writes.push(write) > 0);
      const changes = writes.filter((write) => write.before !== write.after);
      // Those that are exceptions as well come at one count.
      const last = changes.filter(({ icount }, n) => changes[n + 1]?.icount !== icount);
      const told = last.map(({ icount, after }) => ({ icount, after }));
      expect([vcpu, name, told]).toEqual([vcpu, name, steps]);
      t.seek(to);
      if (writes.length > 0) expect([vcpu, name, lastRegisterWrite(t, register)]).toEqual([vcpu, name, writes.at(-1)]);
    }
    expect(watched.filter(({ steps }) => steps.length > 0).length).toBeGreaterThan(3);
  }
});

it('what a vCPU begins with was written by who turned it on, memory by who stored', () => {
  const path = recorded(kinds[0], 'begin');
  const reader = TapeReader.open(path);
  const turnedOn = [...reader.events({ classes: new Set(['psci']) })].find((e) => e.kind === 'psci' && e.arg2 === 2n);
  const at = String((turnedOn?.at as number) + 1);
  const asked = (...args: readonly string[]) => jsonOf(hypertape(['who-wrote', path, ...args, '--json']));
  expect(asked('x0', '--at', at, '--vcpu', '2')).toMatchObject({
    icount: (turnedOn?.at as number) - 1,
    vcpu: 0,
    by: 'cpu',
  });
  const t = new Timeline(reader);
  t.seek(Number(t.last));
  const { machine } = t;
  const stacks = VCPUS.map((vcpu) => Number(machine.cpu.peek(vcpu, () => machine.cpu.register('SP_EL1').read())) - 16);
  const wrote = stacks.map((pa) => lastMemoryWrite(t, [{ pa, bytes: 16 }])?.vcpu);
  expect(wrote).toEqual(VCPUS);
  const { status, stderr } = hypertape(['who-wrote', path, 'x0', '--at', 'end', '--vcpu', '3']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('vCPUs 0 to 2')]);
});
