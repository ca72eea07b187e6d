/* A guest that knows no board: it looks through the device tree that it is given, and holds the devices against it. */
typedef unsigned u32;
typedef unsigned long long u64;
typedef __UINTPTR_TYPE__ uptr;

/* A node, with what its properties are (in place, big-endian) and where its first address is for the CPU. */
struct node {
  const char *name, *compatible, *bootargs, *stdout_path;
  const u32 *reg, *ranges, *interrupts, *func;
  u32 reg_bytes, ranges_bytes, address_cells, size_cells, func_bytes;
  u64 address;
  int has_address;
};

u32 cell(const u32 *at);
int same(const char *a, const char *b);
/* Calls `visit` with each node, parents first. */
void walk(const u32 *fdt, void (*visit)(const struct node *node));
