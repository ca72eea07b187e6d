/* A virtio disk (virtio 1.2, 4.2 and 5.2), modern or legacy: all CPUs have requests under way, and the last CPU has its interrupt. */
#include "smp.h"

#define TREE_BASE 0x40000000ul
#define SLOT_BASE 0x0a000000ul
enum { FDT_MAGIC = 0xd00dfeed, FDT_TOTALSIZE = 1, VIRT = 0x74726976 };
enum { SLOTS = 32, SLOT_BYTES = 0x200, SLOT_0_INTID = 48, GICD_ISENABLER = 0x100, GICD_IPRIORITYR = 0x400 };
enum {
  VERSION = 0x04, DEVICE_ID = 0x08, DRIVER_FEATURES = 0x20, DRIVER_FEATURES_SEL = 0x24, GUEST_PAGE_SIZE = 0x28, QUEUE_NUM = 0x38,
  QUEUE_ALIGN = 0x3c, QUEUE_PFN = 0x40, QUEUE_READY = 0x44, QUEUE_NOTIFY = 0x50, INTERRUPT_STATUS = 0x60, INTERRUPT_ACK = 0x64,
  STATUS = 0x70, QUEUE_DESC = 0x80, QUEUE_DRIVER = 0x90, QUEUE_DEVICE = 0xa0
};
enum { DEVICE_BLOCK = 2, ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8, MODERN = 2 };
enum { READ = 0, WRITE = 1, NEXT = 1, DEVICE_WRITES = 2 };
enum { PAGE = 4096, QUEUE = 32, CHAIN = 3, SECTOR_BYTES = 512, SECTOR_WORDS = SECTOR_BYTES / 4, SECTORS_EACH = 4 };

struct descriptor { u64 at; u32 bytes; unsigned short flags, next; };
struct available { unsigned short flags, index, ring[QUEUE]; };
struct used { unsigned short flags, index; struct { u32 head, written; } ring[QUEUE]; };

/* The legacy layout, which serves the modern transport as well: the used ring on a page of its own. */
static volatile u8 rings[2 * PAGE] __attribute__((aligned(PAGE)));
#define descriptors ((volatile struct descriptor *)rings)
#define offered ((volatile struct available *)(rings + sizeof(struct descriptor) * QUEUE))
#define done ((volatile struct used *)(rings + PAGE))

static uptr slot;
static u32 cpus, intid;
static volatile u32 queue_lock, seen, sum, wrong;
static volatile u32 finished[CPUS_MAX];
static volatile struct { u32 type, reserved; u64 sector; } headers[CPUS_MAX];
static volatile u32 buffers[CPUS_MAX][SECTOR_WORDS];
static volatile u8 status[CPUS_MAX];

static u32 get(u32 at) { return mmio_read(slot + at); }
static void set(u32 at, u32 value) { mmio_write(slot + at, value); }

/* Boards without slots have none in their device tree, where each node's name begins at a multiple of 4. */
static int has_slots(void) {
  const u32 *tree = (const u32 *)TREE_BASE;
  if (__builtin_bswap32(tree[0]) != FDT_MAGIC) return 0;
  for (u32 i = 0; i < __builtin_bswap32(tree[FDT_TOTALSIZE]) / 4; i++)
    if (tree[i] == VIRT && tree[i + 1] == 0x6d5f6f69) return 1;
  return 0;
}

static void queue_at(u32 at, volatile void *where) {
  set(at, (u32)(uptr)where);
  set(at + 4, 0);
}

int disk_start(u32 cpus_) {
  cpus = cpus_;
  u32 n = 0;
  if (!has_slots()) return 0;
  while (n < SLOTS && (slot = SLOT_BASE + n * SLOT_BYTES, get(DEVICE_ID) != DEVICE_BLOCK)) n++;
  if (n == SLOTS) return 0;
  set(STATUS, 0);
  set(STATUS, ACKNOWLEDGE | DRIVER);
  if (get(VERSION) == MODERN) {
    set(DRIVER_FEATURES_SEL, 1);
    set(DRIVER_FEATURES, 1);
    set(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    set(QUEUE_NUM, QUEUE);
    queue_at(QUEUE_DESC, descriptors);
    queue_at(QUEUE_DRIVER, offered);
    queue_at(QUEUE_DEVICE, done);
    set(QUEUE_READY, 1);
  } else {
    set(GUEST_PAGE_SIZE, PAGE);
    set(QUEUE_NUM, QUEUE);
    set(QUEUE_ALIGN, PAGE);
    set(QUEUE_PFN, (u32)(uptr)rings / PAGE);
  }
  set(STATUS, get(STATUS) | DRIVER_OK);
  intid = SLOT_0_INTID + n;
  mmio_write_byte(GICD_BASE + GICD_IPRIORITYR + intid, 0xa0);
  gic_route(intid, 1u << (cpus - 1));
  mmio_write(GICD_BASE + GICD_ISENABLER + 4 * (intid / 32), 1u << intid % 32);
  return 1;
}

/* Each request is its CPU's, by the head of its chain; that CPU is woken. */
int disk_interrupted(u32 intid_) {
  if (!intid || intid_ != intid) return 0;
  set(INTERRUPT_ACK, get(INTERRUPT_STATUS));
  dmb();
  for (; (unsigned short)seen != done->index; seen++) {
    u32 cpu = done->ring[seen % QUEUE].head / CHAIN;
    finished[cpu] = 1;
    if (cpu != this_cpu()) gic_send(INTID_SGI_PING, SGI_TO_LIST, 1u << cpu);
  }
  return 1;
}

static void describe(u32 n, volatile void *at, u32 bytes, u32 flags) {
  descriptors[n].at = (uptr)at;
  descriptors[n].bytes = bytes;
  descriptors[n].flags = (unsigned short)flags;
  descriptors[n].next = (unsigned short)(n + 1);
}

static void request(u32 cpu, u32 type, u32 sector) {
  u32 head = CHAIN * cpu;
  headers[cpu].type = type;
  headers[cpu].sector = sector;
  status[cpu] = 0xff;
  finished[cpu] = 0;
  describe(head, &headers[cpu], sizeof headers[cpu], NEXT);
  describe(head + 1, buffers[cpu], SECTOR_BYTES, NEXT | (type == READ ? DEVICE_WRITES : 0));
  describe(head + 2, &status[cpu], 1, DEVICE_WRITES);
  while (!try_lock(&queue_lock)) wfe();
  offered->ring[offered->index % QUEUE] = (unsigned short)head;
  dsb();
  offered->index++;
  dsb();
  set(QUEUE_NOTIFY, 0);
  unlock(&queue_lock);
  dsb();
  sev();
  sleep_until(finished[cpu]);
  dmb();
  if (status[cpu]) add_exclusive(&wrong, 1);
}

static u32 pattern(u32 sector, u32 word) { return sector * 0x01000193 ^ word * 0x9e3779b9; }

static void read_sum(u32 cpu) {
  for (u32 i = 0; i < SECTORS_EACH; i++) {
    request(cpu, READ, cpu * SECTORS_EACH + i);
    u32 own = 0;
    for (u32 word = 0; word < SECTOR_WORDS; word++) own += buffers[cpu][word];
    add_exclusive(&sum, own);
  }
}
static void write_own(u32 cpu) {
  for (u32 i = 0; i < SECTORS_EACH; i++) {
    u32 sector = cpu * SECTORS_EACH + i;
    for (u32 word = 0; word < SECTOR_WORDS; word++) buffers[cpu][word] = pattern(sector, word);
    request(cpu, WRITE, sector);
  }
}
static void check_neighbour(u32 cpu) {
  u32 other = (cpu + 1) % cpus;
  for (u32 i = 0; i < SECTORS_EACH; i++) {
    u32 sector = other * SECTORS_EACH + i;
    request(cpu, READ, sector);
    for (u32 word = 0; word < SECTOR_WORDS; word++)
      if (buffers[cpu][word] != pattern(sector, word)) add_exclusive(&wrong, 1);
  }
}

int disk_check(void (*on_all)(void (*what)(u32 cpu))) {
  on_all(read_sum);
  print("smp: disk: the words of %u sectors come to %x\n", cpus * SECTORS_EACH, sum);
  on_all(write_own);
  on_all(check_neighbour);
  return wrong == 0;
}
