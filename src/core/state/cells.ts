// Where the state of the running vCPU lies in the linear memory: byte addresses, fixed, so that translated code
// reaches every cell with a constant offset. A switch of vCPU copies what is used of [0, CPU_STATE_BYTES).
// AssemblyScript helpers import this file too: plain integer constants only.

/** X0..X30, then the current SP as number 31: 8 bytes each. AArch32 keeps the current mode's R0..R14 in the low halves of X0..X14. */
export const X = 0x000;
export const SP = 0x0f8;
/** V0..V31, 16 bytes each, lane 0 first. */
export const V = 0x100;
/** Page of the running code (VA, 4 KiB aligned, 64 bits) and the offset in it (32 bits): PC = PC_BASE + PC_OFFSET. */
export const PC_BASE = 0x300;
export const PC_OFFSET = 0x308;
/** Condition flags, lazily: FLAGS_KIND (32 bits, see FlagsKind) says how NZCV follow from FLAGS_A and FLAGS_B (64 bits each). */
export const FLAGS_KIND = 0x30c;
export const FLAGS_A = 0x310;
export const FLAGS_B = 0x318;
/** FPCR and FPSR (FPSCR's control and status halves in AArch32), 32 bits each. */
export const FPCR = 0x320;
export const FPSR = 0x324;
/** PSTATE.DAIF in its place of SPSR: D bit 9, A 8, I 7, F 6. 32 bits. */
export const DAIF = 0x328;
/** PSTATE.{SS bit 21, IL bit 20} in their places of SPSR. 32 bits. */
export const PSTATE_SS_IL = 0x32c;
/** Current exception level, 0..3 (32 bits), and PSTATE.SP (32 bits, 0 or 1). */
export const CURRENT_EL = 0x330;
export const SPSEL = 0x334;
/** Number of the current translation context, 1..4095 (64 bits): regime, VMID, ASID and translation configuration in one. */
export const CONTEXT = 0x338;
/** The context of the same ASID as EL0 sees it: for LDTR and STTR (64 bits). */
export const CONTEXT_UNPRIVILEGED = 0x340;
/** Nonzero when an interrupt could be taken if PSTATE allows it: bit 7 IRQ, bit 6 FIQ, bit 8 SError, where DAIF has its masks. */
export const INTERRUPT_PENDING = 0x348;
/** Why the last run of translated code returned (ExitReason). 32 bits. */
export const EXIT_REASON = 0x34c;
/** A number that goes with the reason, for example the immediate of SVC. 32 bits. */
export const EXIT_ARGUMENT = 0x350;
/** The exclusive monitor: size in bytes or 0 for open (32 bits), and the address (64 bits). */
export const EXCLUSIVE_SIZE = 0x354;
export const EXCLUSIVE_ADDRESS = 0x358;
/** What is mixed into the index of the jump cache: each PE of several has entries of its own for the same code. 32 bits. */
export const JUMP_SALT = 0x360;
/** Arguments and result of a call from translated code to the run time: address, value and result (up to 9 words each). */
export const ARG_ADDRESS = 0x370;
export const ARG_VALUE = 0x480;
export const RESULT = 0x4b0;
/** What instructions of AArch32 that leave some flags alone have set of the others since FLAGS_KIND (FlagsOver): 32 bits each. */
export const FLAGS_NZ = 0x4e0;
export const FLAGS_C = 0x4e4;
/** The event register of WFE, 32 bits. */
export const EVENT_REGISTER = 0x3a0;
/** CPSR.M while in AArch32 state (bit 4 is 1), else 0. CPSR.T is bit 0 of PC_OFFSET, CPSR.{A,I,F} are in DAIF. 32 bits. */
export const AARCH32_MODE = 0x3a4;
/** CPSR.IT, 8 bits; CPSR.{Q bit 27, GE bits 19:16, E bit 9} in their places. 32 bits each. */
export const ITSTATE = 0x3a8;
export const CPSR_Q = 0x3ac;
export const CPSR_GE = 0x3b0;
export const CPSR_E = 0x3b4;
/** FPEXC of AArch32, 32 bits: EN is bit 30. */
export const FPEXC = 0x3b8;
/** Banked stack pointers while not selected: SP_EL0..SP_EL3, 8 bytes each. */
export const SP_EL = 0x3c0;
/** R8..R14 of user mode while the current mode has its own in their place, 32 bits each. */
export const R_USR = 0x3e0;
/** Vector temporaries for lifters and helpers: 8 of 16 bytes. */
export const V_TEMP = 0x400;
/** System registers, 8 bytes each, numbered by their rows. */
export const SYSTEM = 0x800;
export const SYSTEM_REGISTERS_MAX = 768;
export const CPU_STATE_BYTES = 0x2000;

/** Instruction count at which the budget of the code that runs is spent (64 bits): what is left of it tells the count. */
export const SLICE_END = 0x2000;
/** Reads so far of what changes without an instruction: counters, timers, pending interrupts (64 bits), by all PEs. */
export const LOOKS = 0x2008;

/** Static data of the AssemblyScript helpers, up to TLB_READ. */
export const HELPER_DATA = 0x4000;
/** Translation look-aside buffers for loads and for stores: TLB_ENTRIES of 16 bytes { tag u64, addend u32, 0 }. */
export const TLB_ENTRIES = 16384;
export const TLB_READ = 0x40000;
export const TLB_WRITE = 0x80000;
/** Jump cache: JUMP_ENTRIES of 16 bytes { VA u64, context u32, reference u32 as in BLOCK_REFS, never 0 }. */
export const JUMP_ENTRIES = 65536;
export const JUMP_CACHE = 0xc0000;
/** An entry's index is VA >> 2, hashed with VA >> this: what lies a window further must not fall on the same entries. */
export const JUMP_HASH_SHIFT = 14;
/** A PE's number, times this, is its JUMP_SALT: the entries of a page stay together. */
export const JUMP_SALT_STEP = 1024;
/** Behind it, what other entries have taken the place of: so many of the same, by VA >> 2 hashed with VA >> JUMP_SECOND_SHIFT. */
export const JUMP_SECOND_ENTRIES = 1024;
/** Where these begin. */
export const JUMP_SECOND = JUMP_CACHE + 16 * JUMP_ENTRIES;
/** Of the VA, what is hashed with its word. */
export const JUMP_SECOND_SHIFT = 12;
/**
 * Where each known block is now: BLOCK_REFS_MAX cells of 32 bits, the region's table slot above REF_SLOT_SHIFT and its entry
 * in REF_ENTRY_MASK. 0 stands for not translated: slot 0 holds the stub.
 */
export const BLOCK_REFS = 0x1c4000;
export const BLOCK_REFS_MAX = 0x4f000;
export const REF_SLOT_SHIFT = 8;
export const REF_ENTRY_MASK = 0xff;
/** Physical address 0 of the emulated host. */
export const HOST_MEMORY = 0x300000;
