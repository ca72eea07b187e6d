#include "demo.h"
#include "sysreg.h"

enum { VECTOR_EL1_SYNC = 4, VECTOR_EL1_IRQ = 5, VECTOR_EL0_SYNC = 8, VECTOR_EL0_IRQ = 9 };
/* ESR_EL1.EC (Arm ARM DDI 0487, D13.2.37). */
enum {
  EC_UNKNOWN = 0x00,
  EC_WFX = 0x01,
  EC_FP_ACCESS = 0x07,
  EC_SVC = 0x15,
  EC_INSTRUCTION_ABORT_EL0 = 0x20,
  EC_DATA_ABORT_EL0 = 0x24,
  EC_DATA_ABORT_EL1 = 0x25,
  EC_BRK = 0x3c,
};
enum { SYS_WRITE, SYS_TICKS, SYS_EXIT };
#define CPACR_FPEN (3ul << 20)

/* EL1's own faults that are on purpose. */
static volatile int faults_expected;

static void fatal(const struct frame *frame, u64 vector) {
  print("FATAL: vector %lu ESR %lx FAR %lx ELR %lx SPSR %lx\n", vector, frame->esr, frame->far, frame->elr,
        frame->spsr);
  system_off();
}

static void report(const struct frame *frame, const char *level, const char *what) {
  u32 class = (u32)(frame->esr >> 26);
  int has_far = class == EC_INSTRUCTION_ABORT_EL0 || class == EC_DATA_ABORT_EL0 || class == EC_DATA_ABORT_EL1;
  print("%s: %s, ESR %x", level, what, (u32)frame->esr);
  /* The page only: what lies within it depends on the compiler. */
  if (has_far) print(", FAR %lx", frame->far & ~0xffful);
  print("\n");
}

static u8 read_user(u64 address) {
  u32 value;
  __asm__ volatile("ldtrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
  return (u8)value;
}

static u64 sys_write(u64 address, u64 bytes) {
  for (u64 i = 0; i < bytes; i++) {
    if (!user_readable(address + i)) return i;
    console_put((char)read_user(address + i));
  }
  return bytes;
}

static void system_call(struct frame *frame) {
  switch (frame->x[8]) {
    case SYS_WRITE:
      frame->x[0] = sys_write(frame->x[0], frame->x[1]);
      break;
    case SYS_TICKS:
      frame->x[0] = timer_ticks(INTID_VIRTUAL_TIMER);
      break;
    case SYS_EXIT:
      leave_user(frame->x[0]);
  }
}

static void from_user(struct frame *frame) {
  frame->elr += 4;
  switch (frame->esr >> 26) {
    case EC_SVC:
      frame->elr -= 4;
      system_call(frame);
      break;
    case EC_UNKNOWN:
      report(frame, "el0", "undefined instruction");
      break;
    case EC_WFX:
      report(frame, "el0", "WFI trapped");
      break;
    case EC_BRK:
      report(frame, "el0", "breakpoint");
      break;
    case EC_DATA_ABORT_EL0:
      report(frame, "el0", "data abort");
      break;
    case EC_INSTRUCTION_ABORT_EL0:
      report(frame, "el0", "instruction abort");
      frame->elr = frame->x[30];
      break;
    default:
      fatal(frame, VECTOR_EL0_SYNC);
  }
}

static void from_kernel(struct frame *frame) {
  u64 class = frame->esr >> 26;
  if (class == EC_FP_ACCESS) {
    report(frame, "el1", "first use of FP trapped");
    write_sysreg(cpacr_el1, CPACR_FPEN);
    isb();
  } else if (class == EC_DATA_ABORT_EL1 && faults_expected) {
    report(frame, "el1", "data abort");
    frame->elr += 4;
  } else {
    fatal(frame, VECTOR_EL1_SYNC);
  }
}

void exception(struct frame *frame, u64 vector) {
  switch (vector) {
    case VECTOR_EL1_IRQ:
    case VECTOR_EL0_IRQ:
      gic_irq();
      break;
    case VECTOR_EL1_SYNC:
      from_kernel(frame);
      break;
    case VECTOR_EL0_SYNC:
      from_user(frame);
      break;
    default:
      fatal(frame, vector);
  }
}

void exception_check(void) {
  faults_expected = 1;
  __asm__ volatile("str xzr, [%0]" : : "r"(text_start) : "memory");
  __asm__ volatile("ldr xzr, [%0]" : : "r"(guard_page) : "memory");
  __asm__ volatile("ldr xzr, [%0]" : : "r"(0x1000ul) : "memory");
  faults_expected = 0;

  timer_start(INTID_VIRTUAL_TIMER, BY_CVAL, 100, 3);
  u64 status = enter_user((u64)user_main, (u64)user_stack_top);
  print("el1: EL0 left with %lu, preempted %u times\n", status, timer_ticks(INTID_VIRTUAL_TIMER));
}
