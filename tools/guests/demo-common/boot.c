/* The command line, from the flattened device tree (Devicetree Specification 0.4, chapter 5). */
#include "demo.h"

enum { FDT_MAGIC = 0xd00dfeed };
enum { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4 };
/* Of the header, in words. */
enum { OFF_DT_STRUCT = 2, OFF_DT_STRINGS = 3 };

int prompt_waits;

static u32 word(const u32 *at) { return __builtin_bswap32(*at); }

static const u32 *behind(const char *at, u32 bytes) { return (const u32 *)(((uptr)at + bytes + 3) & ~(uptr)3); }

static int begins(const char *text, const char *with) {
  while (*with && *text == *with) text++, with++;
  return !*with;
}

/* Is the word there, whole? */
static int has_word(const char *text, const char *wanted, u32 length) {
  for (; *text; text++) {
    if (begins(text, wanted) && (!text[length] || text[length] == ' ')) return 1;
    while (*text && *text != ' ') text++;
    if (!*text) break;
  }
  return 0;
}

/* Runs before the MMU is on. Without a device tree there is no command line. */
void boot_arguments(const u32 *fdt) {
  if (!fdt || (uptr)fdt % 8 || word(fdt) != FDT_MAGIC) return;
  const char *strings = (const char *)fdt + word(fdt + OFF_DT_STRINGS);
  const u32 *at = (const u32 *)((const char *)fdt + word(fdt + OFF_DT_STRUCT));
  for (;;) {
    switch (word(at++)) {
      case FDT_BEGIN_NODE: {
        const char *name = (const char *)at;
        while (*name) name++;
        at = behind(name, 1);
        break;
      }
      case FDT_PROP: {
        const char *value = (const char *)(at + 2);
        if (begins(strings + word(at + 1), "bootargs") && has_word(value, "prompt=wait", 11)) prompt_waits = 1;
        at = behind(value, word(at));
        break;
      }
      case FDT_END_NODE:
      case FDT_NOP:
        break;
      default:
        return;
    }
  }
}
