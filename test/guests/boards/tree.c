/* Flattened device trees (Devicetree Specification 0.4, chapters 2.3 and 5). */
#include "boards.h"

enum { FDT_BEGIN_NODE = 1, FDT_END_NODE = 2, FDT_PROP = 3, FDT_NOP = 4 };
/* Of the header, in words. */
enum { OFF_DT_STRUCT = 2, OFF_DT_STRINGS = 3 };
enum { DEPTH_MAX = 8 };

static struct node stack[DEPTH_MAX];

/* The compiler's own. */
void *memset(void *at, int value, __SIZE_TYPE__ bytes) {
  for (char *byte = at; bytes; bytes--) *byte++ = (char)value;
  return at;
}

u32 cell(const u32 *at) { return __builtin_bswap32(*at); }
int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}
static const u32 *behind(const char *at, u32 bytes) { return (const u32 *)(((uptr)at + bytes + 3) & ~(uptr)3); }
static u64 number(const u32 *at, u32 cells) {
  u64 value = 0;
  for (; cells; cells--) value = value << 32 | cell(at++);
  return value;
}

/* The address of the node at this depth, through the ranges of the buses above; 0 where one has none for it. */
static int translate(int depth, u64 *address) {
  if (depth < 1 || !stack[depth].reg || !stack[depth].reg_bytes) return 0;
  *address = number(stack[depth].reg, stack[depth - 1].address_cells);
  for (int bus = depth - 1; bus > 0; bus--) {
    u32 child = stack[bus].address_cells, parent = stack[bus - 1].address_cells, size = stack[bus].size_cells;
    const u32 *row = stack[bus].ranges, *end = row + stack[bus].ranges_bytes / 4;
    if (!row) return 0;
    if (row == end) continue;
    for (; row < end; row += child + parent + size) {
      u64 from = number(row, child);
      if (*address < from || *address - from >= number(row + child + parent, size)) continue;
      *address = *address - from + number(row + child, parent);
      break;
    }
    if (row >= end) return 0;
  }
  return 1;
}

static void take(struct node *node, const char *name, const u32 *value, u32 bytes) {
  if (same(name, "compatible")) node->compatible = (const char *)value;
  else if (same(name, "bootargs")) node->bootargs = (const char *)value;
  else if (same(name, "stdout-path")) node->stdout_path = (const char *)value;
  else if (same(name, "reg")) node->reg = value, node->reg_bytes = bytes;
  else if (same(name, "ranges")) node->ranges = value, node->ranges_bytes = bytes;
  else if (same(name, "interrupts")) node->interrupts = value;
  else if (same(name, "arm,vexpress-sysreg,func")) node->func = value, node->func_bytes = bytes;
  else if (same(name, "#address-cells")) node->address_cells = cell(value);
  else if (same(name, "#size-cells")) node->size_cells = cell(value);
}

void walk(const u32 *fdt, void (*visit)(const struct node *node)) {
  const char *strings = (const char *)fdt + cell(fdt + OFF_DT_STRINGS);
  const u32 *at = (const u32 *)((const char *)fdt + cell(fdt + OFF_DT_STRUCT));
  int depth = -1, seen = 1;
  for (;;) {
    u32 token = cell(at++);
    if ((token == FDT_BEGIN_NODE || token == FDT_END_NODE) && !seen) {
      /* Properties come before children. */
      stack[depth].has_address = translate(depth, &stack[depth].address);
      visit(&stack[depth]);
      seen = 1;
    }
    if (token == FDT_BEGIN_NODE) {
      const char *name = (const char *)at, *end = name;
      while (*end) end++;
      at = behind(end, 1);
      if (++depth == DEPTH_MAX) return;
      stack[depth] = (struct node){.name = name, .address_cells = 2, .size_cells = 1};
      seen = 0;
    } else if (token == FDT_END_NODE) {
      depth--;
    } else if (token == FDT_PROP) {
      take(&stack[depth], strings + cell(at + 1), at + 2, cell(at));
      at = behind((const char *)(at + 2), cell(at));
    } else if (token != FDT_NOP) {
      return;
    }
  }
}
