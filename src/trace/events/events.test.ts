import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tapeLimits } from '../limits.ts';
import {
  allEvents,
  consoleOut,
  cp64Encoding,
  cpEncoding,
  dumpLine,
  type EventDecl,
  eventByName,
  eventByTag,
  firstDifference,
  inClasses,
  keptAt,
  mmioWrite,
  retiredTags,
  sysregEncoding,
  sysregName,
  toJson,
  vmExit,
} from './index.ts';

const declarations: readonly EventDecl[] = allEvents;
const exit = {
  at: 1234,
  vcpu: 1,
  pc: 0xffff_8000_0801_0000n,
  bhyveExit: 1,
  kvmClass: 0x24,
  esr: 0x9382_0046,
  far: 0xffff_8000_0900_0000n,
  hpfar: 0x900_0000n,
};

describe('the vocabulary', () => {
  it('gives each event a tag and a name of its own, and reuses no retired tag', () => {
    const tags = declarations.map((decl) => decl.tag);
    expect(tags).toEqual([...new Set(tags)].sort((a, b) => a - b));
    expect(tags.filter((tag) => retiredTags.includes(tag) || tag < 1 || tag > 255)).toEqual([]);
    expect(new Set(declarations.map((decl) => decl.name)).size).toBe(declarations.length);
  });

  it('looks events up by tag and by name', () => {
    for (const decl of declarations) {
      expect(eventByTag(decl.tag)).toBe(decl);
      expect(eventByName(decl.name)).toBe(decl);
    }
    expect(eventByName('__proto__')).toBeUndefined();
  });

  it('gives the values of fields in their order, where they are read by name too', () => {
    for (const { fieldNames, values } of declarations) {
      const named = Object.fromEntries(fieldNames.map((field, i) => [field, i]));
      expect(values({ at: 0, vcpu: 0, ...named })).toEqual(fieldNames.map((_, i) => i));
    }
  });

  it('keeps within the bounds that the largest frame rests on', () => {
    for (const decl of declarations) {
      const wires = Object.values(decl.fields).map((field) => field.wire);
      expect(wires.length + 3, decl.name).toBeLessThanOrEqual(tapeLimits.eventColumnsMax);
      const blobs = wires.filter((wire) => wire === 'text' || wire === 'bytes');
      expect(blobs.length, decl.name).toBeLessThanOrEqual(tapeLimits.eventBlobsMax);
    }
  });

  it('is the one that FORMAT.md specifies', () => {
    const format = readFileSync(new URL('../FORMAT.md', import.meta.url), 'utf8');
    const rows = format.split('\n').filter((line) => /^\| 0x[0-9a-f]+ +\| [a-z0-9-]+ +\| [0-9]+ +\|/.test(line));
    expect(rows.map((row) => row.replace(/ +/g, ' '))).toEqual(
      declarations.map((decl) => {
        const fields = Object.entries(decl.fields).map(([name, field]) => `${name} ${field.wire}`);
        return `| 0x${decl.tag.toString(16)} | ${decl.name} | ${decl.since} | ${decl.role} | ${fields.join(', ')} |`;
      }),
    );
  });

  it('keeps inputs and checks at every level, effects at level exits', () => {
    const kept = declarations.filter((decl) => keptAt('inputs', decl)).map((decl) => decl.name);
    expect(kept).toEqual(['console-in', 'edit', 'external-in', 'state-hash', 'run-end']);
    expect(declarations.every((decl) => keptAt('exits', decl))).toBe(true);
  });
});

describe('an event for people and programs', () => {
  it('is dumped in the words of bhyve and KVM', () => {
    expect(dumpLine(vmExit, exit)).toBe(
      '         1234 vcpu1 vm-exit         INST_EMUL | kvm_exit DABT_LOW pc 0xffff800008010000 esr 0x93820046 far 0xffff800009000000 ipa 0x9000000',
    );
    expect(dumpLine(mmioWrite, { at: 1, vcpu: 0, pc: 4n, ipa: 0x900_0000n, size: 1, value: 0x41n, rt: 31 })).toContain(
      'INST_EMUL | kvm_mmio write len 1 gpa 0x9000000 val 0x41 xzr pc 0x4',
    );
    expect(dumpLine(consoleOut, { at: 1, vcpu: 0, device: 0, bytes: Uint8Array.of(0x68, 0x22, 0x0a, 0xff) })).toContain(
      'device 0 bytes "h\\"\\n\\xff"',
    );
  });

  it('is told in JSON without losing bits', () => {
    expect(toJson(vmExit, exit)).toEqual({
      at: 1234,
      vcpu: 1,
      event: 'vm-exit',
      pc: '0xffff800008010000',
      bhyve: 'INST_EMUL',
      class: 'DABT_LOW',
      esr: '0x93820046',
      far: '0xffff800009000000',
      ipa: '0x9000000',
    });
    expect(toJson(consoleOut, { at: 1, vcpu: 0, device: 0, bytes: Uint8Array.of(1, 255) })).toMatchObject({
      bytes: '01ff',
    });
  });

  it('is compared field by field', () => {
    expect(firstDifference(vmExit, exit, { ...exit })).toBeUndefined();
    expect(firstDifference(vmExit, exit, { ...exit, far: 0n, hpfar: 1n })).toEqual({
      field: 'far',
      expected: '0xffff800009000000',
      actual: '0x0',
    });
    expect(firstDifference(vmExit, exit, { ...exit, at: 1 })).toEqual({ field: 'at', expected: '1234', actual: '1' });
    const out = { at: 1, vcpu: 0, device: 0, bytes: Uint8Array.of(1) };
    expect(firstDifference(consoleOut, out, { ...out, bytes: Uint8Array.of(1) })).toBeUndefined();
    expect(firstDifference(consoleOut, out, { ...out, bytes: Uint8Array.of(2) })?.field).toBe('bytes');
  });

  it('is found under its name and, for an exit, under both dialects', () => {
    const event = { kind: 'vm-exit', ...exit } as const;
    for (const name of ['vm-exit', 'INST_EMUL', 'DABT_LOW']) expect(inClasses(event, new Set([name]))).toBe(true);
    expect(inClasses(event, new Set(['WFI', 'mmio-read']))).toBe(false);
  });
});

describe('names of system registers', () => {
  it('are those of the Arm ARM, or what the assembler takes', () => {
    expect(sysregName(sysregEncoding(3, 0, 12, 11, 5))).toBe('ICC_SGI1R_EL1');
    expect(sysregName(sysregEncoding(3, 3, 15, 2, 1))).toBe('S3_3_C15_C2_1');
    expect(sysregName(cpEncoding(15, 1, 9, 0, 2))).toBe('L2CTLR');
    expect(sysregName(cp64Encoding(15, 2, 14))).toBe('CNTP_CVAL');
    expect(sysregName(cpEncoding(15, 0, 15, 2, 1))).toBe('p15,0,c15,c2,1');
    expect(sysregName(cp64Encoding(15, 6, 2))).toBe('p15,6,c2');
    expect(sysregName(0x7fff_ffff)).toBe('0x7fffffff');
  });
});
