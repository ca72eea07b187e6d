import { describe, expect, it } from 'vitest';
import { StackTree } from '../../src/analysis/stack-tree.ts';
import { callFrames } from '../../src/explain/call-frames.ts';
import { InstructionProfile } from '../../src/explain/instruction-profile.ts';
import { namesOf } from '../../src/explain/names.fixture.ts';
import { GuestView } from '../../src/inspect/guest-view.ts';
import { MachineImages } from '../../src/machine/images.ts';
import { Timeline } from '../../src/timeline/timeline.ts';
import { TapeReader } from '../../src/trace/codec/tape-reader.ts';
import { isEmitted, KvmClass, vmExit } from '../../src/trace/events/index.ts';
import { guestFiles } from '../../tools/guests/catalogue.ts';
import { recordDemo, testFolder } from '../support/demo.fixture.ts';

const NOWHERE = { arm: () => () => {} };

function guestOf(name: string, path = `traces/golden/v3/${name}.tape`) {
  const reader = TapeReader.open(path);
  const timeline = new Timeline(reader);
  const view = new GuestView(timeline.machine);
  const names = namesOf(reader);
  return { reader, timeline, view, names };
}

/** Instructions of a stretch by function or stack. */
function profileOf(guest: ReturnType<typeof guestOf>, byStack: boolean, from: number, to: number) {
  const { timeline, view, names } = guest;
  const { machine } = timeline;
  const tree = new StackTree([{ name: 'instructions', unit: 'count' }]);
  timeline.seek(from);
  const before = machine.instructions;
  const profile = new InstructionProfile({ view, names, tree, byStack });
  machine.observeBlocks(profile);
  timeline.run('forwards', NOWHERE, to);
  profile.settle();
  machine.observeBlocks(null);
  expect(tree.total(0)).toBe(machine.instructions - before);
  const lines = [...tree.stacks()].map(
    ({ frames, weights }) => [frames.map(({ name }) => name).join(';'), weights[0] as number] as const,
  );
  return { total: tree.total(0), counts: new Map(lines) };
}

describe.each(['demo-arm64', 'demo-armv7', 'demo-armv7-cortex-a57'])('%s', (name) => {
  const guest = guestOf(name);
  const { reader, timeline, names } = guest;
  const { last } = timeline;

  it('counts every instruction of the tape but its idle time once', () => {
    let idle = 0;
    for (const event of reader.events()) if (event.kind === 'idle-skip') idle += event.to - event.at;
    expect(idle).toBeGreaterThan(0);
    for (const byStack of [false, true]) {
      const { total, counts } = profileOf(guest, byStack, 0, Number.POSITIVE_INFINITY);
      expect(total).toBe(last - idle);
      expect(counts.get(byStack ? 'text_start;main;work_run' : 'work_run')).toBeGreaterThan(1_000_000);
    }
  });

  it.each([
    [0, 30_000],
    [24_300_001, 24_300_777],
    [24_300_000, 24_340_000],
  ])('from %d to %d by function as who is told of each instruction does', (from, to) => {
    const { machine } = timeline;
    timeline.seek(from);
    const counts = new Map<string, number>();
    machine.observe({
      after: ({ pc, el }) => {
        const function_ = names.at(pc, el === 0 ? 0 : 1)?.name ?? names.unnamed(el === 0 ? 0 : 1).name;
        counts.set(function_, (counts.get(function_) ?? 0) + 1);
      },
    });
    timeline.run('forwards', NOWHERE, to);
    machine.observe(null);
    expect(counts.size).toBeGreaterThan(0);
    const inOrder = (of: ReadonlyMap<string, number>) => [...of].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(inOrder(profileOf(guest, false, from, to).counts)).toEqual(inOrder(counts));
    // Stacks end in the functions that were executed.
    const innermost = new Map<string, number>();
    for (const [stack, count] of profileOf(guest, true, from, to).counts) {
      const function_ = stack.split(';').at(-1) as string;
      innermost.set(function_, (innermost.get(function_) ?? 0) + count);
    }
    expect(inOrder(innermost)).toEqual(inOrder(counts));
  });
});

/** Whether one has all of the other in its order, and perhaps more. */
function hasAll(more: readonly string[], some: readonly string[]): boolean {
  let at = 0;
  for (const name of more) if (name === some[at]) at++;
  return at === some.length;
}

it('stacks that are followed have all that frame pointers tell', () => {
  const { timeline, view, names } = guestOf('demo-arm64');
  const { machine, session } = timeline;
  const tree = new StackTree([{ name: 'instructions', unit: 'count' }]);
  for (const from of [0, 500_000]) {
    timeline.seek(from);
    const profile = new InstructionProfile({ view, names, tree, byStack: true });
    const differences: string[] = [];
    let same = 0;
    session.onEvent = (_checked, decl, fields) => {
      // Where no instruction could be fetched no block was entered.
      if (!isEmitted(vmExit, decl, fields) || fields.kvmClass === KvmClass.IABT_LOW || view.el === 0) return;
      const [followed = [], walked = []] = [tree.framesOf(profile.stack), callFrames(view, names)].map((frames) =>
        // Frame pointers lead on into the program that an exception comes from.
        frames.map((frame) => frame.name).filter((of) => of !== 'user_main'),
      );
      if (followed.join() === walked.join()) same++;
      // What an exception interrupts has no frame record where it calls nothing.
      else if (!hasAll(followed, walked)) differences.push(`${followed.join(';')} | ${walked.join(';')}`);
    };
    machine.observeBlocks(profile);
    timeline.run('forwards', NOWHERE);
    machine.observeBlocks(null);
    session.onEvent = undefined;
    expect([from, differences, same > 1000]).toEqual([from, [], true]);
  }
});

it.each([
  ['arm64', 3],
  ['armv7', 2],
] as const)('%s: of several vCPUs each has stacks of its own, though they lie side by side', (arch, gicVersion) => {
  const path = `${testFolder()}/smp.tape`;
  const images = MachineImages.read({ kernel: guestFiles(`demo-smp-${arch}`).kernel });
  recordDemo({ path, images, config: { arch, gicVersion, vcpus: 3, turnCounts: 300, scheduleSeed: 4n } });
  const { counts } = profileOf(guestOf('demo-smp', path), true, 0, Number.POSITIVE_INFINITY);
  const stacks = [...counts.keys()].map((stack) => stack.split(';'));
  const has = (...names: readonly string[]) =>
    stacks.filter((stack) => names.every((name) => stack.includes(name))).map((stack) => stack.join(';'));
  expect(has('boot_cpu', 'add_locked').length).toBeGreaterThan(0);
  expect(has('secondary', 'add_locked').length).toBeGreaterThan(0);
  expect([...has('boot_cpu', 'secondary'), ...has('start', 'secondary_start')]).toEqual([]);
});
