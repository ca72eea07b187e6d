#include "demo.h"
#include "sysreg.h"

enum { VECTOR_UNDEFINED = 1, VECTOR_SVC = 2, VECTOR_PREFETCH_ABORT = 3, VECTOR_DATA_ABORT = 4, VECTOR_IRQ = 6 };
enum { SYS_WRITE, SYS_TICKS, SYS_EXIT };
#define CPACR_CP10_CP11 (0xful << 20)
#define FPEXC_EN (1ul << 30)
/* Fault status without its domain, which is not always valid (Arm ARM DDI 0406C, B3.13.3). */
#define FSR_DOMAIN 0xf0ul
#define FSR_DEBUG 2
#define PAGE 0xffful

/* SVC mode's own faults that are on purpose. */
static volatile int faults_expected;

static void fatal(const struct frame *frame, u32 vector) {
  print("FATAL: vector %u PC %x CPSR %x DFSR %x DFAR %x IFSR %x IFAR %x\n", vector, frame->pc, frame->cpsr,
        read_sysreg(dfsr), read_sysreg(dfar), read_sysreg(ifsr), read_sysreg(ifar));
  system_off();
}

static int is_thumb(const struct frame *frame) { return (frame->cpsr & CPSR_T) != 0; }
static int is_user(const struct frame *frame) { return (frame->cpsr & CPSR_MODE) == MODE_USR; }

static u32 instruction_bytes(const struct frame *frame) {
  return is_thumb(frame) && *(const u16 *)frame->pc >> 11 < 0x1d ? 2 : 4;
}

/* The page only: what lies within it depends on the compiler. */
static void report_data_abort(const struct frame *frame) {
  print("%s: data abort, DFSR %x, DFAR %x\n", is_user(frame) ? "usr" : "svc", read_sysreg(dfsr) & ~FSR_DOMAIN,
        read_sysreg(dfar) & ~PAGE);
}

static void write_fpexc(u32 value) {
  __asm__ volatile(".fpu neon-vfpv4\n\tvmsr fpexc, %0" : : "r"(value) : "memory");
}
static u32 read_fpexc(void) {
  u32 value;
  __asm__ volatile(".fpu neon-vfpv4\n\tvmrs %0, fpexc" : "=r"(value) : : "memory");
  return value;
}

static void undefined(struct frame *frame) {
  /* The entry left the address behind the instruction, in T32 behind its first halfword. */
  frame->pc -= is_thumb(frame) ? 2 : 4;
  if (is_user(frame)) {
    u32 bytes = instruction_bytes(frame);
    print("usr: undefined instruction of %u bytes in %s\n", bytes, is_thumb(frame) ? "T32" : "A32");
    frame->pc += bytes;
  } else if (read_sysreg(cpacr_el1) == 0) {
    write_sysreg(cpacr_el1, CPACR_CP10_CP11);
    isb();
    print("svc: first use of VFP trapped, FPEXC %x\n", read_fpexc());
    write_fpexc(FPEXC_EN);
  } else {
    fatal(frame, VECTOR_UNDEFINED);
  }
}

static u8 read_user(u32 address) {
  u32 value;
  __asm__ volatile("ldrbt %0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return (u8)value;
}

static u32 sys_write(u32 address, u32 bytes) {
  for (u32 i = 0; i < bytes; i++) {
    if (!user_readable(address + i)) return i;
    console_put((char)read_user(address + i));
  }
  return bytes;
}

static void supervisor_call(struct frame *frame) {
  switch (frame->r[12]) {
    case SYS_WRITE:
      frame->r[0] = sys_write(frame->r[0], frame->r[1]);
      break;
    case SYS_TICKS:
      frame->r[0] = timer_ticks(INTID_VIRTUAL_TIMER);
      break;
    case SYS_EXIT:
      leave_user(frame->r[0]);
  }
}

static void prefetch_abort(struct frame *frame) {
  u32 status = read_sysreg(ifsr);
  if (!is_user(frame)) fatal(frame, VECTOR_PREFETCH_ABORT);
  if (status == FSR_DEBUG) {
    print("usr: breakpoint in %s, IFSR %x\n", is_thumb(frame) ? "T32" : "A32", status);
    frame->pc += instruction_bytes(frame);
    return;
  }
  print("usr: prefetch abort, IFSR %x, IFAR %x\n", status & ~FSR_DOMAIN, read_sysreg(ifar) & ~PAGE);
  /* Back to where the call came from, in its instruction set. */
  frame->pc = frame->lr_usr & ~1u;
  frame->cpsr = frame->lr_usr & 1 ? frame->cpsr | CPSR_T : frame->cpsr & ~CPSR_T;
}

static void data_abort(struct frame *frame) {
  if (!is_user(frame) && !faults_expected) fatal(frame, VECTOR_DATA_ABORT);
  report_data_abort(frame);
  frame->pc += instruction_bytes(frame);
}

void exception(struct frame *frame, u32 vector) {
  switch (vector) {
    case VECTOR_IRQ:
      gic_irq();
      break;
    case VECTOR_UNDEFINED:
      undefined(frame);
      break;
    case VECTOR_SVC:
      supervisor_call(frame);
      break;
    case VECTOR_PREFETCH_ABORT:
      prefetch_abort(frame);
      break;
    case VECTOR_DATA_ABORT:
      data_abort(frame);
      break;
    default:
      fatal(frame, vector);
  }
}

/* One access; what it gives is lost in the fault. */
#define fault(access, address) __asm__ volatile(access : : "r"(address) : "r2", "r3", "memory")

void exception_check(void) {
  faults_expected = 1;
  fault("str r2, [%0]", text_start);
  fault("ldr r2, [%0]", guard_page);
  fault("ldr r2, [%0]", 0x1000);
  fault("strh r2, [%0]", 0x20100000);
  fault("ldm %0, {r2, r3}", user_stack + 2);
  fault("ldrex r2, [%0]", user_stack + 1);
  faults_expected = 0;

  timer_start(INTID_VIRTUAL_TIMER, BY_CVAL, 100, 3);
  u32 status = enter_user((u32)user_main, (u32)user_stack_top);
  print("svc: USR mode left with %u, preempted %u times\n", status, timer_ticks(INTID_VIRTUAL_TIMER));
}
