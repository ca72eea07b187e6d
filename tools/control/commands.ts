// control/: what `ctl` can ask of a VM, how it is asked, over a socket too, and how it is answered.

import { vmRegisterNames } from '../../src/inspect/vm-register-names.ts';

/** What a command does: looks, changes the guest, holds or keeps its run, or ends that. */
export type CommandKind = 'look' | 'steer' | 'run' | 'end';

/** Something that a VM can be asked: an option of `ctl`, and a member of a request. */
export interface CommandDecl {
  readonly kind: CommandKind;
  /** What its value is, for people; absent: it has none. */
  readonly value?: string;
  readonly describe: string;
  /** It may be given several times. */
  readonly isList?: boolean;
  /** Left out of the help, which tells of all of its kind at once. */
  readonly isHidden?: boolean;
}

const getters = Object.fromEntries(
  vmRegisterNames.map((name): [string, CommandDecl] => [
    `get-${name}`,
    { kind: 'look', describe: `the register ${name}`, isHidden: name !== 'x0' && name !== 'pc' },
  ]),
);
const setters = Object.fromEntries(
  vmRegisterNames.map((name): [string, CommandDecl] => [
    `set-${name}`,
    {
      kind: 'steer',
      value: 'a number',
      describe: `another value for the register ${name}`,
      isHidden: name !== 'x0' && name !== 'pc',
    },
  ]),
);

/** In bhyvectl's spellings (FreeBSD's usr.sbin/bhyvectl/bhyvectl.c) where it has them, in the order in which they are carried out. */
export const controlCommands: Readonly<Record<string, CommandDecl>> = {
  pause: { kind: 'run', describe: 'hold the guest, which does not notice' },
  ...setters,
  'set-reg': { kind: 'steer', value: 'NAME=VALUE', describe: 'another value for a register of any name', isList: true },
  'assert-irq': { kind: 'steer', value: 'an INTID', describe: 'the line of a shared interrupt goes high' },
  'deassert-irq': { kind: 'steer', value: 'an INTID', describe: 'and low' },
  'inject-irq': { kind: 'steer', value: 'an INTID', describe: 'an interrupt becomes pending, a private one of --cpu' },
  'get-all': { kind: 'look', describe: 'all that is told of a vCPU and of the VM' },
  'get-memseg': { kind: 'look', describe: 'segments of memory' },
  'get-memmap': { kind: 'look', describe: 'where they are' },
  'get-lowmem': { kind: 'look', describe: 'RAM below 4 GiB' },
  'get-highmem': { kind: 'look', describe: 'RAM from 4 GiB on' },
  ...getters,
  'get-reg': { kind: 'look', value: 'NAME', describe: 'a register of any name', isList: true },
  'get-exit-reason': { kind: 'look', describe: 'the last exit of the vCPU' },
  getcap: { kind: 'look', describe: 'capabilities, or that of --capname' },
  capname: { kind: 'look', value: 'NAME', describe: 'the capability that --getcap tells of' },
  'get-active-cpus': { kind: 'look', describe: 'vCPUs that are on' },
  'get-suspended-cpus': { kind: 'look', describe: 'vCPUs that are suspended' },
  'get-stats': { kind: 'look', describe: "the vCPU's counters" },
  'get-cpu-topology': { kind: 'look', describe: 'sockets, cores and threads' },
  checkpoint: {
    kind: 'run',
    value: 'a file',
    describe: 'write the machine as it is to a tape that begins and ends there: for where, gdb, fork',
  },
  resume: { kind: 'run', describe: 'let the guest run on' },
  suspend: {
    kind: 'end',
    value: 'reset, poweroff or halt',
    describe: 'end the run as if the guest had asked for it',
  },
  'force-reset': { kind: 'end', describe: 'as --suspend reset' },
  'force-poweroff': { kind: 'end', describe: 'as --suspend poweroff' },
  destroy: { kind: 'end', describe: 'end the run where it is, without a power-off; its tape is whole' },
};

/** The register of a command such as `get-x0` or `set-pc`; undefined where it is of none. */
export function registerOfCommand(name: string): string | undefined {
  const [, register = ''] = /^[gs]et-(.*)$/.exec(name) ?? [];
  return registerNames.has(register) ? register : undefined;
}
const registerNames: ReadonlySet<string> = new Set(vmRegisterNames);
