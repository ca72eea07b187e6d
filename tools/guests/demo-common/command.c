/* The prompt: it waits a short time for a first character and goes on without one; after `prompt=wait` it waits for ever. */
#include "demo.h"
#include "sysreg.h"

#define FIRST_KEY_US 100000u
#define NEXT_KEY_US 500000u
#define LINE_BYTES 40u
#define CTRL_D 4

static int equal(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}

/* The next character, or -1 where none came in time. */
static int wait_key(u32 microseconds) {
  if (prompt_waits) {
    sleep_until(console_has_input());
    return console_get();
  }
  timer_start(INTID_VIRTUAL_TIMER, BY_TVAL, microseconds, 1);
  sleep_until(console_has_input() || timer_ticks(INTID_VIRTUAL_TIMER) == 1);
  timer_stop(INTID_VIRTUAL_TIMER);
  return console_get();
}

/* Reads a line with echo; false where the input ends. */
static int read_line(char *line) {
  static int previous;
  static u32 patience = FIRST_KEY_US;
  u32 length = 0;
  for (;;) {
    int c = wait_key(patience);
    if (c < 0 || (c == CTRL_D && !length)) return 0;
    patience = NEXT_KEY_US;
    int newline_of_pair = c == '\n' && previous == '\r';
    previous = c;
    if (newline_of_pair) continue;
    if (c == '\r' || c == '\n') break;
    if ((c == '\b' || c == 0x7f) && length) {
      length--;
      print("\b \b");
    } else if (c >= ' ' && c < 0x7f && length < LINE_BYTES - 1) {
      line[length++] = (char)c;
      console_put((char)c);
    }
  }
  line[length] = 0;
  print("\n");
  return 1;
}

void command_prompt(void) {
  char line[LINE_BYTES];
  console_listen();
  if (prompt_waits) print("Type help for the commands, off to power off.\n");
  for (;;) {
    print("demo> ");
    if (!read_line(line)) break;
    if (equal(line, "off")) return;
    if (equal(line, "help"))
      print("help: this text; ticks: timer ticks of the last run; off: power off\n");
    else if (equal(line, "ticks"))
      print("physical timer: %u\n", timer_ticks(INTID_PHYSICAL_TIMER));
    else if (*line)
      print("%s: no such command; try help\n", line);
  }
  print("(no input)\n");
}
