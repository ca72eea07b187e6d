// An editor on tapes of the demo guests, by the Debug Adapter Protocol: both ways, to the same moments.
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Editor } from './dap.fixture.ts';

const tapeOf = (guest: string): string => `traces/golden/v3/${guest}.tape`;

async function opened(guest: string): Promise<Editor> {
  const editor = new Editor();
  expect(await editor.ask('initialize', { adapterID: 'hypertape' })).toMatchObject({ supportsStepBack: true });
  await editor.ask('launch', { tape: tapeOf(guest) });
  await editor.event('initialized');
  return editor;
}
/** The place of the guest, and why it stopped there. */
async function stopped(editor: Editor): Promise<{ reason: unknown; pc: string; name: string }> {
  const { reason } = await editor.event('stopped');
  const { stackFrames } = await editor.ask('stackTrace', { threadId: 1 });
  const [top] = stackFrames as { instructionPointerReference: string; name: string }[];
  return { reason, pc: top?.instructionPointerReference ?? '', name: top?.name ?? '' };
}
const countOf = async (editor: Editor): Promise<number> => {
  const { result } = await editor.ask('evaluate', { expression: 'where', context: 'repl' });
  return Number(/icount ([0-9,]+)/.exec(String(result))?.[1]?.replaceAll(',', ''));
};

describe.each([
  { guest: 'demo-arm64', hcr: 'HCR_EL2' },
  { guest: 'demo-armv7', hcr: 'HCR' },
])('$guest', ({ guest, hcr }) => {
  it('stops at functions, steps and runs back, watches memory', async () => {
    const editor = await opened(guest);
    const { breakpoints } = await editor.ask('setFunctionBreakpoints', {
      breakpoints: [{ name: 'timer_irq' }, { name: 'no_such_function' }],
    });
    expect(breakpoints).toMatchObject([{ verified: true }, { verified: false }]);
    await editor.ask('configurationDone');
    expect(await stopped(editor)).toMatchObject({ reason: 'entry', pc: '0x40080000' });

    await editor.ask('continue', { threadId: 1 });
    const first = await stopped(editor);
    expect(first).toMatchObject({ reason: 'breakpoint', name: 'timer_irq' });
    const at = await countOf(editor);
    await editor.ask('stepBack', { threadId: 1 });
    const before = await stopped(editor);
    expect([before.reason, await countOf(editor)]).toEqual(['step', at - 1]);
    await editor.ask('stepIn', { threadId: 1 });
    expect(await stopped(editor)).toMatchObject({ pc: first.pc });
    await editor.ask('continue', { threadId: 1 });
    await stopped(editor);
    expect(await countOf(editor)).toBeGreaterThan(at);
    await editor.ask('reverseContinue', { threadId: 1 });
    expect(await stopped(editor)).toMatchObject({ reason: 'breakpoint', pc: first.pc });
    expect(await countOf(editor)).toBe(at);

    // A call is stepped over, and out of.
    const caller = await editor.ask('stackTrace', { threadId: 1, startFrame: 1, levels: 1 });
    await editor.ask('stepOut', { threadId: 1 });
    expect((await stopped(editor)).pc).toBe(
      (caller.stackFrames as { instructionPointerReference: string }[])[0]?.instructionPointerReference,
    );

    // The stack of now is watched backwards: somebody has written it.
    const { result: sp } = await editor.ask('evaluate', { expression: 'sp', context: 'watch' });
    const { dataId } = await editor.ask('dataBreakpointInfo', { name: sp, bytes: 4, asAddress: true });
    await editor.ask('setFunctionBreakpoints', { breakpoints: [] });
    expect(await editor.ask('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write' }] })).toMatchObject({
      breakpoints: [{ verified: true }],
    });
    await editor.ask('reverseContinue', { threadId: 1 });
    expect(['data breakpoint', 'pause']).toContain((await stopped(editor)).reason);
    await editor.ask('setDataBreakpoints', { breakpoints: [] });
    await editor.ask('reverseContinue', { threadId: 1 });
    await stopped(editor);
    expect(await countOf(editor)).toBe(0);

    const gone = once(editor.process, 'exit');
    await editor.ask('disconnect');
    expect((await gone)[0]).toBe(0);
  });

  it('shows registers, memory and instructions', async () => {
    const editor = await opened(guest);
    await editor.ask('configurationDone');
    const { pc } = await stopped(editor);
    const { scopes } = await editor.ask('scopes', { frameId: 0 });
    const all: string[] = [];
    for (const { variablesReference } of scopes as { variablesReference: number }[]) {
      const { variables } = await editor.ask('variables', { variablesReference });
      all.push(...(variables as { name: string }[]).map(({ name }) => name));
    }
    expect(all).toEqual(expect.arrayContaining(['pc', 'cpsr', hcr]));
    const { data, unreadableBytes } = await editor.ask('readMemory', { memoryReference: pc, count: 16 });
    expect([Buffer.from(String(data), 'base64').length, unreadableBytes]).toEqual([16, 0]);
    const { instructions } = await editor.ask('disassemble', { memoryReference: pc, instructionCount: 4 });
    expect((instructions as { address: string }[]).map(({ address }) => BigInt(address) - BigInt(pc))).toEqual([
      0n,
      4n,
      8n,
      12n,
    ]);
    await editor.ask('next', { threadId: 1 });
    expect((await stopped(editor)).reason).toBe('step');
  });
});

it('what cannot be is answered with why, and the session goes on', async () => {
  const editor = new Editor();
  await editor.ask('initialize', { adapterID: 'x' });
  expect(JSON.stringify(await editor.answer('launch', {}))).toContain('give the path of a tape');
  expect(JSON.stringify(await editor.answer('stackTrace', { threadId: 1 }))).toContain('no tape is open');
  expect((await editor.answer('launch', { tape: '/nowhere.tape' })).success).toBe(false);
  await editor.ask('launch', { tape: tapeOf('demo-arm64'), at: 'icount:1000' });
  expect(await editor.ask('setBreakpoints', { source: {}, breakpoints: [{ line: 1 }] })).toMatchObject({
    breakpoints: [{ verified: false }],
  });
  expect(JSON.stringify(await editor.answer('evaluate', { expression: 'nonsense', context: 'repl' }))).toContain(
    'no such command',
  );
  expect(JSON.stringify(await editor.answer('readMemory', { memoryReference: 'x', count: 1 }))).toContain(
    'memoryReference',
  );
  expect(await editor.ask('setInstructionBreakpoints', { breakpoints: [{ instructionReference: '?' }] })).toMatchObject(
    {
      breakpoints: [{ verified: false }],
    },
  );
  expect(await countOf(editor)).toBe(1000);
  // A run is paused.
  await editor.ask('configurationDone');
  await editor.event('stopped');
  await editor.ask('continue', { threadId: 1 });
  await editor.ask('pause', { threadId: 1 });
  expect((await editor.event('stopped')).reason).toBe('pause');
});
