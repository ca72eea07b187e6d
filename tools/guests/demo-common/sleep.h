#pragma once

/* Sleeps until `condition`, which an interrupt handler makes true. WFI wakes for a masked one too: none is missed. */
#define sleep_until(condition) \
  do {                         \
    irq_disable();             \
    while (!(condition)) {     \
      wfi();                   \
      irq_enable();            \
      isb();                   \
      irq_disable();           \
    }                          \
    irq_enable();              \
  } while (0)
