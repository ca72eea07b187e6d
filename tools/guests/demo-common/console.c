/* The PL011 (Arm DDI 0183, chapter 3): polled output, interrupt-driven input. */
#include "demo.h"
#include "sysreg.h"

enum {
  UARTDR = 0x000,
  UARTFR = 0x018,
  UARTIBRD = 0x024,
  UARTFBRD = 0x028,
  UARTLCR_H = 0x02c,
  UARTCR = 0x030,
  UARTIFLS = 0x034,
  UARTIMSC = 0x038,
  UARTICR = 0x044,
};
enum { FR_BUSY = 1 << 3, FR_RXFE = 1 << 4, FR_TXFF = 1 << 5 };
enum { LCR_FEN = 1 << 4, LCR_8_BITS = 3 << 5 };
enum { CR_UARTEN = 1 << 0, CR_TXE = 1 << 8, CR_RXE = 1 << 9 };
enum { INT_RX = 1 << 4, INT_RT = 1 << 6, INT_ALL = 0x7ff };

#define INPUT_BYTES 64u
static volatile u8 input[INPUT_BYTES];
static volatile u32 input_head, input_tail;

void console_init(void) {
  mmio_write(UART_BASE + UARTCR, 0);
  mmio_write(UART_BASE + UARTIMSC, 0);
  mmio_write(UART_BASE + UARTICR, INT_ALL);
  /* 115200 baud of 24 MHz: 24e6 / (16 * 115200) = 13 + 1/64. */
  mmio_write(UART_BASE + UARTIBRD, 13);
  mmio_write(UART_BASE + UARTFBRD, 1);
  mmio_write(UART_BASE + UARTLCR_H, LCR_8_BITS | LCR_FEN);
  /* Receive at half full; less than that comes with the receive timeout. */
  mmio_write(UART_BASE + UARTIFLS, 0x12);
  mmio_write(UART_BASE + UARTCR, CR_UARTEN | CR_TXE | CR_RXE);
}

void console_put(char c) {
  if (c == '\n') console_put('\r');
  while (mmio_read(UART_BASE + UARTFR) & FR_TXFF) continue;
  mmio_write(UART_BASE + UARTDR, (u8)c);
}

void console_flush(void) {
  while (mmio_read(UART_BASE + UARTFR) & FR_BUSY) continue;
}

void console_listen(void) { mmio_write(UART_BASE + UARTIMSC, INT_RX | INT_RT); }

void console_irq(void) {
  mmio_write(UART_BASE + UARTICR, INT_RX | INT_RT);
  while (!(mmio_read(UART_BASE + UARTFR) & FR_RXFE)) {
    u8 c = (u8)mmio_read(UART_BASE + UARTDR);
    if (input_head - input_tail < INPUT_BYTES) input[input_head++ % INPUT_BYTES] = c;
  }
}

int console_has_input(void) { return input_head != input_tail; }

int console_get(void) { return console_has_input() ? input[input_tail++ % INPUT_BYTES] : -1; }
