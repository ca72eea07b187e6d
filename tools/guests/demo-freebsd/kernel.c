/*
 * Looks through what a FreeBSD kernel is given, by the definitions of sys/sys/linker.h and sys/<arch>/include/metadata.h, and prints it:
 * a line a record, and "wrong" with what is.
 */
#include "demo.h"

enum {
  MODINFO_NAME = 1,
  MODINFO_TYPE = 2,
  MODINFO_ADDR = 3,
  MODINFO_SIZE = 4,
  MODINFO_ARGS = 6,
  MODINFOMD_ELFHDR = 0x8002,
  MODINFOMD_SSYM = 0x8003,
  MODINFOMD_ESYM = 0x8004,
  MODINFOMD_DYNAMIC = 0x8005,
  MODINFOMD_ENVP = 0x8006,
  MODINFOMD_HOWTO = 0x8007,
  MODINFOMD_KERNEND = 0x8008,
  MODINFOMD_SHDR = 0x8009,
  MODINFOMD_CTORS_ADDR = 0x800a,
  MODINFOMD_CTORS_SIZE = 0x800b,
  MODINFOMD_DTBP = 0x9002,
};
#define PAGE 4096ul
#define UARTDR (*(volatile u32 *)0x09000000ul)

const char interpreter[] __attribute__((section(".interp"), used)) = "/red/herring";
const uptr constructors[] __attribute__((section(".ctors"), used)) = {1, 2};
extern const char kernbase[], _start[];
u32 findme = 0x600df00d;

static u32 wrong;
static uptr module_address, symbols_start, symbols_end, kernel_end;

void console_put(char c) { UARTDR = (u8)c; }

static void check(const char *what, int is_right) {
  if (is_right) return;
  wrong++;
  print("wrong: %s\n", what);
}
static int same(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return *a == *b;
}
static u32 big(const u8 *at) { return (u32)at[0] << 24 | (u32)at[1] << 16 | (u32)at[2] << 8 | at[3]; }

/* ELF32 and ELF64: a header's fields, and a symbol's name, value and size in bytes. */
#ifdef __LP64__
enum { ENTRY = 24, SECTION_BYTES = 58, SECTIONS = 60, HEADER = 64, SYMBOL = 24, VALUE = 8 };
#else
enum { ENTRY = 24, SECTION_BYTES = 46, SECTIONS = 48, HEADER = 52, SYMBOL = 16, VALUE = 4 };
#endif
static u32 half(const u8 *at) { return at[0] | (u32)at[1] << 8; }

static void look_at_header(const u8 *elf, u32 bytes) {
  check("the bytes of the ELF header", bytes == HEADER);
  check("the ELF header's magic number", big(elf) == 0x7f454c46);
  if (module_address == (uptr)kernbase) {
    check("the ELF header's entry point", *(const uptr *)(elf + ENTRY) == (uptr)_start);
    check("the ELF header is the kernel's", half(elf + SECTIONS) == half((const u8 *)kernbase + SECTIONS));
  }
}

static void look_at_symbols(void) {
  const u8 *table = (const u8 *)symbols_start + sizeof(uptr);
  uptr bytes = *(const uptr *)symbols_start;
  const uptr *names = (const uptr *)((symbols_start + sizeof(uptr) + bytes + sizeof(uptr) - 1) & -sizeof(uptr));
  uptr end = ((uptr)(names + 1) + *names + sizeof(uptr) - 1) & -sizeof(uptr);
  check("the symbols end where they say", end == symbols_end);
  int found = 0;
  for (uptr at = 0; at + SYMBOL <= bytes; at += SYMBOL) {
    const char *name = (const char *)(names + 1) + *(const u32 *)(table + at);
    if (same(name, "findme")) found = *(const u32 *)*(const uptr *)(table + at + VALUE) == findme;
  }
  check("a variable that the symbols name", found);
  print("  symbols: %u, findme among them\n", (u32)(bytes / SYMBOL));
}

static void look_at_environment(const char *line) {
  for (; *line; line++) {
    print("  env %s\n", line);
    while (*line) line++;
  }
}

/* The reg of /memory and the bootargs of /chosen, found by their names among the strings (Devicetree Specification 0.4, 5). */
static void look_at_tree(const u8 *tree) {
  check("the device tree's magic number", big(tree) == 0xd00dfeed);
  check("the device tree's place", (uptr)tree % PAGE == 0);
  const u8 *at = tree + big(tree + 8);
  const char *strings = (const char *)tree + big(tree + 12);
  int in_memory = 0;
  for (;;) {
    u32 token = big(at);
    at += 4;
    if (token == 9) break;
    if (token == 1) {
      const char *name = (const char *)at;
      in_memory = name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'o';
      while (*at++) continue;
      at = (const u8 *)(((uptr)at + 3) & ~3ul);
    } else if (token == 3) {
      u32 length = big(at);
      const char *name = strings + big(at + 4);
      at += 8;
      if (in_memory && same(name, "reg") && length == 16)
        print("  memory %x%x, %x%x bytes\n", big(at), big(at + 4), big(at + 8), big(at + 12));
      if (same(name, "bootargs")) print("  bootargs %s\n", (const char *)at);
      at += (length + 3) & ~3u;
    }
  }
}

static void look_at_module(const u8 *at, uptr bytes, const char *type) {
  u32 sum = 0;
  for (uptr i = 0; i < bytes; i++) sum = sum * 31 + at[i];
  check("a module lies at a page", (uptr)at % PAGE == 0);
  if (same(type, "elf module")) check("an ELF module's magic number", big(at) == 0x7f454c46);
  print("  sum of its bytes %x\n", sum);
}

static void look_at(const u8 *record) {
  static const char *type = "";
  static u32 modules;
  u32 what = *(const u32 *)record, bytes = *(const u32 *)(record + 4);
  const u8 *content = record + 8;
  uptr word = *(const uptr *)content;
  switch (what) {
    case MODINFO_NAME:
      print("%s\n", (const char *)content);
      modules++;
      break;
    case MODINFO_TYPE:
      type = (const char *)content;
      print("  type %s\n", type);
      check("the kernel comes first", (modules == 1) == same(type, "elf kernel"));
      break;
    case MODINFO_ARGS:
      print("  args %s\n", (const char *)content);
      break;
    case MODINFO_ADDR:
      module_address = word;
      print("  address %lx\n", (u64)word);
      if (modules == 1) check("the kernel's address", word == (uptr)kernbase);
      break;
    case MODINFO_SIZE:
      print("  bytes %u\n", (u32)word);
      if (modules > 1) look_at_module((const u8 *)module_address, word, type);
      break;
    case MODINFOMD_ELFHDR:
      look_at_header(content, bytes);
      break;
    case MODINFOMD_SHDR:
      check("the section headers",
            module_address != (uptr)kernbase ||
                bytes == half((const u8 *)kernbase + SECTIONS) * half((const u8 *)kernbase + SECTION_BYTES));
      print("  sections %u bytes\n", bytes);
      break;
    case MODINFOMD_CTORS_ADDR:
      check("the constructors", word == (uptr)constructors);
      break;
    case MODINFOMD_CTORS_SIZE:
      check("the constructors' bytes", word == sizeof(constructors));
      print("  constructors %u bytes\n", (u32)word);
      break;
    case MODINFOMD_SSYM:
      symbols_start = word;
      break;
    case MODINFOMD_ESYM:
      symbols_end = word;
      if (modules == 1) look_at_symbols();
      break;
    case MODINFOMD_DYNAMIC:
      print("  dynamic %lx\n", (u64)word);
      break;
    case MODINFOMD_HOWTO:
      check("the bytes of boothowto", bytes == 4);
      print("  howto %x\n", *(const u32 *)content);
      break;
    case MODINFOMD_ENVP:
      check("the environment lies at a page", word % PAGE == 0);
      look_at_environment((const char *)word);
      break;
    case MODINFOMD_KERNEND:
      kernel_end = word;
      check("the kernel ends at a page", word % PAGE == 0);
      break;
    case MODINFOMD_DTBP:
      look_at_tree((const u8 *)word);
      break;
    default:
      check("a type of record", 0);
      print("  type %x\n", what);
  }
}

void main(uptr metadata, uptr second, uptr third, uptr fourth, uptr physical) {
  print("loaded at %lx, metadata at %lx\n", (u64)physical, (u64)metadata);
  check("loaded at a multiple of 2 MiB", physical % 0x200000 == 0);
  check("the metadata lies at a page", metadata % PAGE == 0);
  check("the other registers are 0", (second | third | fourth) == 0);
  const u8 *record = (const u8 *)metadata;
  while (*(const u32 *)record || *(const u32 *)(record + 4)) {
    look_at(record);
    record += (8 + *(const u32 *)(record + 4) + sizeof(uptr) - 1) & -sizeof(uptr);
  }
  check("the kernel ends behind the metadata", kernel_end == (((uptr)record + 8 + PAGE - 1) & -PAGE));
  print("wrong: %u\nDEMO-DONE\n", wrong);
  system_off();
}
