// report/: a page that shows what tapes hold: what is reduced for it, how that is carried, and the page itself (page/).

/**
 * What a page shows; the contract between who reduces tapes and the page. Columns are typed arrays (container.ts); places in
 * `names` and other lists are indices. Times are nanoseconds on the run's clock, which is the guest's instruction count
 * where the run was emulated. All text comes from a tape, and may say anything.
 */
export interface ReportData {
  readonly title: string;
  /** The program and version that made the report, and by which command. */
  readonly producer: string;
  readonly command: string;
  /** One run, or two that are compared. */
  readonly runs: readonly RunData[];
  /** Absent where no rule was asked. */
  readonly findings?: readonly Finding[];
  /** Where two runs part first, by their events. */
  readonly difference?: Difference;
  /** The same by their instructions, which "bisect" finds. */
  readonly parting?: Parting;
}

/** What one tape holds. */
export interface RunData {
  /** The tape's file name. */
  readonly name: string;
  /** About run, machine and tape, for people: a name and what it is. */
  readonly facts: readonly Fact[];
  /** How the run ended, and whether that was as it should be; undefined where the tape does not tell. */
  readonly outcome?: { readonly text: string; readonly reason: string; readonly isGood: boolean };
  /** Whether times are the guest's instructions (and its idle time), or a host's clock. */
  readonly clock: 'guest' | 'host';
  readonly span: { readonly from: number; readonly to: number };
  readonly events: number;
  /** Guest instructions, idle time left out; undefined where the clock is a host's. */
  readonly instructions?: number;
  readonly tapeBytes: number;
  /** What is missing or was left out, a sentence each. */
  readonly notes: readonly string[];
  /** Every name once, of classes, functions, devices, registers. */
  readonly names: readonly string[];
  readonly paths: Paths;
  readonly exits: Exits;
  /** Stretches in which no vCPU ran. */
  readonly idle: { readonly from: Float64Array; readonly to: Float64Array };
  readonly console: ConsoleData;
  readonly interrupts: InterruptData;
  /** What came from outside, power, and other single moments. */
  readonly marks: readonly Mark[];
  /** Frames of networks, and requests of virtio devices where they were taken. */
  readonly outside: readonly { readonly at: number; readonly text: string }[];
}

/** One line about a run. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  /** Shown large. */
  readonly isHead?: boolean;
}

/**
 * The kinds of exits that occur, a place each: which vCPU left the guest from which function, with which class, for which register of which device.
 * Columns hold indices of `names`; 0 is the empty name, where there is none.
 */
export interface Paths {
  readonly vcpu: Uint32Array;
  readonly className: Uint32Array;
  /** bhyve's name of the exit. */
  readonly bhyve: Uint32Array;
  readonly symbol: Uint32Array;
  readonly device: Uint32Array;
  /** Of a device, or a system register, or a function of the firmware. */
  readonly register: Uint32Array;
  /** `read`, `write`, `fetch`, … */
  readonly access: Uint32Array;
  /** Of the guest's Linux: its name and pid. */
  readonly task: Uint32Array;
  /** What handling such an exit costs on a host that was measured, in nanoseconds; empty where that is not told. */
  readonly costNs: Uint32Array;
  /** Index of `stacks`. */
  readonly stack: Uint32Array;
  /** The guest's call stack at the exit, outermost first, as indices of `names`; the first one is empty. */
  readonly stacks: readonly Uint32Array[];
}

/** The exits in the order of the tape: each by itself or, where there are more than a page can take, all of a path in a stretch as one. */
export interface Exits {
  /** 0: each exit by itself. Else `at` is the beginning of a stretch of so many nanoseconds. */
  readonly stretch: number;
  readonly at: Float64Array;
  /** Index of the path. */
  readonly path: Uint32Array;
  /** How many; empty where each is by itself. */
  readonly count: Uint32Array;
  /** Guest instructions since that vCPU's previous exit, the sum of all that are one. */
  readonly gap: Float64Array;
  /** The number on the tape; empty where exits are put together. */
  readonly ordinal: Float64Array;
}

/** What the guest wrote on its consoles, a line each. */
export interface ConsoleData {
  /** When its first byte came. */
  readonly at: Float64Array;
  readonly lines: readonly string[];
  /** How many lines are left out behind how many that are there. */
  readonly cut?: { readonly behind: number; readonly lines: number };
}

/** What became of interrupts and timers. */
export interface InterruptData {
  readonly kinds: readonly InterruptKind[];
  /** Single ones, in order of time; the slowest of each stretch of time, where there are too many. */
  readonly lives: {
    /** Index of `kinds`. */
    readonly kind: Uint32Array;
    /** When it was raised or, where the tape does not tell, what is told of it first. */
    readonly at: Float64Array;
    /** Nanoseconds from there until it was placed in a list register, acknowledged, and completed; NEVER where it was not. */
    readonly placed: Float64Array;
    readonly acknowledged: Float64Array;
    readonly completed: Float64Array;
  };
  readonly livesLeftOut: number;
  readonly timers: readonly TimerData[];
}

/** Of an interrupt that something did not happen to. */
export const NEVER = -1;

/** What became of all interrupts of one INTID of a vCPU. */
export interface InterruptKind {
  readonly intid: number;
  readonly vcpu: number;
  /** `virtual timer`, `pl011`, `SGI`, … */
  readonly name: string;
  readonly raised: number;
  readonly placed: number;
  readonly acknowledged: number;
  readonly completed: number;
  /** From raised to placed, from there to acknowledged, and from there to completed. */
  readonly toPlaced: Distribution;
  readonly toAcknowledged: Distribution;
  readonly toCompleted: Distribution;
  /** From raised to acknowledged. */
  readonly latency: Distribution;
  /** What is odd about them: `12 lost`, with the first moment. */
  readonly oddities: readonly { readonly text: string; readonly at?: number }[];
}

/** What became of a timer of a vCPU. */
export interface TimerData {
  readonly name: string;
  readonly vcpu: number;
  readonly intid?: number;
  readonly programmed: number;
  readonly armed: number;
  readonly fired: number;
  readonly cancelled: number;
  readonly lost: number;
  /** From its deadline until it fired, and until the guest acknowledged that. */
  readonly late: Distribution;
  readonly lateToAcknowledged: Distribution;
  /** What made it late: nanoseconds in all, and at most. */
  readonly delays: readonly {
    readonly name: string;
    readonly count: number;
    readonly sum: number;
    readonly max: number;
  }[];
}

/** Of values in nanoseconds; of none, where `count` is 0. */
export interface Distribution {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** A moment worth a mark on the timeline. */
export interface Mark {
  readonly at: number;
  readonly kind: 'input' | 'edit' | 'power' | 'other';
  readonly text: string;
}

/** What a rule says about a run. */
export interface Finding {
  readonly level: 'good' | 'info' | 'warning' | 'serious';
  readonly title: string;
  readonly text: string;
  /** What could be done. */
  readonly advice?: string;
  /** Name of a class, function, device or register that it is about, which is then shown alone. */
  readonly about?: string;
  readonly at?: number;
}

/** In what the events of two runs differ, laid beside each other at the same code. */
export interface Difference {
  readonly identical: boolean;
  /** What kind of thing differs first, and in words: `vm-exit.esr`, `irq-ack in a, vm-exit in b`. */
  readonly kind: string;
  readonly text: string;
  /** The first events that differ; nothing of a run that has ended before. */
  readonly at: readonly [a: number | undefined, b: number | undefined];
  readonly a: string;
  readonly b: string;
  /** What the two were given that is not the same. */
  readonly headers: readonly PartingValue[];
  /** Events at the same code, those of them with other values, and those of one run alone. */
  readonly aligned: number;
  readonly changed: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** By what differs and where in the code, in the order of their first. */
  readonly groups: readonly DifferenceGroup[];
  readonly groupsLeftOut: number;
  /** Where stretches of differences begin, in each run; those of the other run alone are left out. */
  readonly regions: readonly [a: Float64Array, b: Float64Array];
}

/** Differences of one kind at one place of the code. */
export interface DifferenceGroup {
  readonly what: string;
  readonly where: string;
  readonly register: string;
  readonly count: number;
  /** The first of them: when, and the values where these differ. */
  readonly at: number;
  readonly a: string;
  readonly b: string;
}

/** The first instruction, interrupt or end of a turn of two runs that has another effect, and where that came from. */
export interface Parting {
  /** The icount, the same in both runs. */
  readonly at: number;
  /** What it is, for people. */
  readonly title: string;
  /** Of A: `0xffff… symbol+0x10`, and the instruction. */
  readonly place: string;
  readonly instruction: string;
  /** What differs behind it, what differed already, and in devices and hypervisor. */
  readonly differs: readonly PartingValue[];
  readonly before: readonly PartingValue[];
  readonly devices: readonly PartingValue[];
  /** There is more that differs. */
  readonly isCut: boolean;
  readonly sides: readonly [a: PartingSide, b: PartingSide];
  readonly cause: {
    /** `input`, `timer`, `interrupt`, `entropy`, `device`, `image`, `semantics`, … */
    readonly kind: string;
    readonly text: string;
  };
  /** How many instructions were run again to find it. */
  readonly rerun: number;
}

/** Something in which two guests differ: a register, memory, a part of a device. */
export interface PartingValue {
  readonly what: string;
  readonly a: string;
  readonly b: string;
}

/** One run where it parts from the other. */
export interface PartingSide {
  /** `vCPU 0`, `EL1`, `takes irq to EL1`, `reads … which differed`. */
  readonly notes: readonly string[];
  readonly code: readonly {
    readonly pc: string;
    readonly symbol?: string;
    readonly text: string;
    readonly isHere: boolean;
  }[];
  /** Innermost first. */
  readonly stack: readonly string[];
  /** What the chain is of, and how the instruction's result hangs on it: `x0`, `x1, which it hangs on by address`. */
  readonly chainOf: string;
  /** Who wrote what differs, and from what, backwards. */
  readonly chain: readonly CauseStep[];
  /** Where the chain comes from, or leaves what can be followed. */
  readonly origin?: { readonly kind: string; readonly text: string };
}

/** A step of a chain of causes. */
export interface CauseStep {
  readonly at: number;
  /** `0xffff… symbol+0x10`. */
  readonly place: string;
  /** `x0`, `pa:0x4000…`, and its value. */
  readonly what: string;
  readonly value: string;
  /** `cpu`, `dma`, `loader`, `edit`. */
  readonly by: string;
  readonly instruction?: string;
  /** What it was made of: `data x1 = 0x…`. */
  readonly from: readonly string[];
}
