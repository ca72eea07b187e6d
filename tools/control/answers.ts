import { Failure } from '../../src/base/failure.ts';
import type { MemoryRange, MemorySegment, Vm, VmTopology } from '../../src/library/vmmapi/vm.ts';
import { type SuspendWish, suspendWishes } from '../../src/machine/edits.ts';
import { controlCommands, registerOfCommand } from './commands.ts';
import { type ControlRequest, commandsOf, numberIn } from './request.ts';

/** What was asked, as JSON has it: what nobody asked for is left out. Registers and addresses are hexadecimal texts. */
export interface ControlAnswer {
  readonly icount: number;
  readonly vcpu: number;
  /** The guest is held (`--pause`). */
  readonly paused?: boolean;
  readonly memseg?: readonly MemorySegment[];
  readonly memmap?: readonly MemorySegment[];
  readonly lowmem?: MemoryRange;
  readonly highmem?: MemoryRange;
  readonly registers?: Readonly<Record<string, string>>;
  readonly exitReason?: Readonly<Record<string, string | number>> | null;
  readonly capabilities?: Readonly<Record<string, boolean>>;
  readonly activeCpus?: readonly number[];
  readonly suspendedCpus?: readonly number[];
  readonly stats?: Readonly<Record<string, number>>;
  readonly cpuTopology?: VmTopology;
  /** The tape that was written. */
  readonly checkpoint?: string;
  /** What else was done, by its command. */
  readonly done?: readonly string[];
}

const hex = (value: bigint | number): string => `0x${value.toString(16)}`;
/** With all digits of a register. */
const wide = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;

/** What is asked of a vCPU and its VM. @throws Failure where there is no such thing */
export function answersOf(vm: Vm, request: ControlRequest): Omit<ControlAnswer, 'paused' | 'done' | 'checkpoint'> {
  const { cpu = 0, commands } = request;
  const vcpu = vm.vcpu(cpu);
  const isAll = commands['get-all'] === true;
  const has = (name: string): boolean => isAll || commands[name] === true;
  const registers = registersIn(vm, request, isAll);
  const { capname } = commands;
  if (capname !== undefined && commands.getcap === undefined)
    throw new Failure('--capname: it says which capability --getcap tells of; give both');
  const names = typeof capname === 'string' ? [capname] : vcpu.capabilities;
  return {
    icount: vm.icount,
    vcpu: vcpu.id,
    ...(has('get-memseg') ? { memseg: vm.memorySegments } : {}),
    ...(has('get-memmap') ? { memmap: vm.memorySegments.toSorted((a, b) => a.gpa - b.gpa) } : {}),
    ...(has('get-lowmem') ? { lowmem: vm.lowMemory } : {}),
    ...(has('get-highmem') ? { highmem: vm.highMemory } : {}),
    ...(registers === undefined ? {} : { registers }),
    ...(has('get-exit-reason') ? { exitReason: exitReasonOf(vm, cpu) } : {}),
    ...(has('getcap') ? { capabilities: Object.fromEntries(names.map((n) => [n, vcpu.getCapability(n)])) } : {}),
    ...(has('get-active-cpus') ? { activeCpus: vm.activeCpus } : {}),
    ...(has('get-suspended-cpus') ? { suspendedCpus: vm.suspendedCpus } : {}),
    ...(has('get-stats') ? { stats: Object.fromEntries(vcpu.getStats().map(({ name, value }) => [name, value])) } : {}),
    ...(has('get-cpu-topology') ? { cpuTopology: vm.topology } : {}),
  };
}

function registersIn(vm: Vm, { cpu = 0, commands }: ControlRequest, isAll: boolean): ControlAnswer['registers'] {
  const vcpu = vm.vcpu(cpu);
  const asked = Object.keys(commands).flatMap((name) => {
    if (!name.startsWith('get-')) return [];
    const given = commands[name];
    return name === 'get-reg' && Array.isArray(given) ? (given as string[]) : (registerOfCommand(name) ?? []);
  });
  if (!isAll && asked.length === 0) return undefined;
  const all = isAll ? [...vcpu.getRegisterSet()] : [];
  return Object.fromEntries(
    [...all, ...asked.map((n) => [n, vcpu.getRegister(n)] as const)].map(([n, v]) => [n, wide(v)]),
  );
}

function exitReasonOf(vm: Vm, cpu: number): Readonly<Record<string, string | number>> | null {
  const exit = vm.vcpu(cpu).lastExit;
  if (exit === undefined) return null;
  const { exitcode, number, class: kvmClass, icount, pc, syndrome, gva, gpa } = exit;
  const addresses = gva === 0n && gpa === 0n ? {} : { gva: hex(gva), gpa: hex(gpa) };
  return { exitcode, number, class: kvmClass, icount, pc: hex(pc), syndrome: hex(syndrome), ...addresses };
}

/** Carries out what changes the guest, or ends it. All of it is looked at before any is done. @throws Failure where one cannot be */
export function steer(vm: Vm, request: ControlRequest, kind: 'steer' | 'end'): readonly string[] {
  const names = commandsOf(request, kind).filter((name) => name !== 'destroy');
  const acts = names.flatMap((name) => actsOf(vm, request, name).map((act) => ({ name, act })));
  const done: string[] = [];
  for (const { name, act } of acts) {
    try {
      act();
    } catch (error) {
      if (!(error instanceof Failure) || done.length === 0) throw error;
      throw new Failure(`${error.message}; before it was done: ${done.join(', ')}`);
    }
    done.push(name);
  }
  return names;
}

function actsOf(vm: Vm, { cpu = 0, commands }: ControlRequest, name: string): (() => void)[] {
  const given = commands[name];
  const vcpu = vm.vcpu(cpu);
  const number = (): number => Number(numberIn(`--${name}`, String(given)));
  const suspend = (how: SuspendWish): (() => void)[] => [() => vm.suspend(how)];
  const set = (register: string, text: string): (() => void) => {
    const value = numberIn(`--${name}`, text);
    return () => vcpu.setRegister(register, value);
  };
  const register = registerOfCommand(name);
  if (register !== undefined) return [set(register, String(given))];
  switch (name) {
    case 'set-reg':
      return (given as readonly string[]).map((text) => {
        const [, of, value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
        if (of === undefined || value === undefined) throw new Failure(`--set-reg ${text}: give NAME=VALUE`);
        return set(of, value);
      });
    case 'assert-irq': {
      const irq = number();
      return [() => vm.assertIrq(irq)];
    }
    case 'deassert-irq': {
      const irq = number();
      return [() => vm.deassertIrq(irq)];
    }
    case 'inject-irq': {
      const irq = number();
      return [() => vm.injectIrq(irq, cpu === 0 ? undefined : cpu)];
    }
    case 'force-reset':
      return suspend('reset');
    case 'force-poweroff':
      return suspend('poweroff');
    default: {
      const how = String(given);
      if (!Object.hasOwn(suspendWishes, how))
        throw new Failure(
          `--suspend ${how}: give ${Object.keys(suspendWishes).join(', ')}; for a file and the end of the run, --checkpoint F --destroy`,
        );
      return suspend(how as SuspendWish);
    }
  }
}

/** Whether a request asks for nothing but what a tape can tell. @throws Failure that says what to do instead */
export function checkLooksOnly(request: ControlRequest): void {
  for (const kind of ['steer', 'run', 'end'] as const)
    for (const name of commandsOf(request, kind))
      throw new Failure(
        name === 'checkpoint'
          ? `--${name}: a tape has its checkpoints; "hypertape fork T --at PLACE -o T2" goes live from a place`
          : `--${name}: what is on a tape has happened; "hypertape fork T --at PLACE --set …" goes live from a place with a change`,
      );
  if (!Object.keys(request.commands).some((name) => controlCommands[name]?.kind === 'look'))
    throw new Failure('nothing is asked; give --get-all, or see "hypertape ctl --help"');
}
