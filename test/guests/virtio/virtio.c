// A guest that drives virtio disks, network, entropy and console, without an MMU or interrupts: by memory-mapped registers, modern or legacy
// (virtio 1.2, 4.2), or, with BY_PCI, by PCI (4.1).
#include <stdint.h>

#define PAGE 4096
#define QUEUE 8

enum { Version = 4, DeviceID = 8, DeviceFeatures = 0x10, DeviceFeaturesSel = 0x14, DriverFeatures = 0x20, DriverFeaturesSel = 0x24,
       GuestPageSize = 0x28, QueueSel = 0x30, QueueNumMax = 0x34, QueueNum = 0x38, QueueAlign = 0x3c, QueuePFN = 0x40, QueueReady = 0x44,
       QueueNotify = 0x50, InterruptStatus = 0x60, InterruptACK = 0x64, Status = 0x70, QueueDescLow = 0x80, QueueDriverLow = 0x90,
       QueueDeviceLow = 0xa0, Config = 0x100 };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 };
enum { NEXT = 1, WRITE = 2 };
enum { IN = 0, OUT = 1, FLUSH = 4, GET_ID = 8, DISCARD = 11, WRITE_ZEROES = 13 };

struct descriptor { uint64_t at; uint32_t bytes; uint16_t flags, next; };
struct available { uint16_t flags, index, ring[QUEUE]; };
struct used { uint16_t flags, index; struct { uint32_t head, written; } ring[QUEUE]; };
struct header { uint32_t type, reserved; uint64_t sector; };

// The legacy transport's layout, which serves the modern one as well: the used ring on a page of its own.
static uint8_t rings[2 * PAGE] __attribute__((aligned(PAGE)));
static uint8_t data[PAGE] __attribute__((aligned(16)));
static struct header header;
static uint8_t segment[16] __attribute__((aligned(8)));
static volatile uint8_t status;

#ifdef BY_PCI
#define UART ((volatile uint32_t *)0x10000)
#else
#define UART ((volatile uint32_t *)0x09000000)
#endif
static void put(char c) { UART[0] = (uint8_t)c; }
static void text(const char *s) { while (*s) put(*s++); }
static void number(uint64_t value, int digits) { while (digits--) put("0123456789abcdef"[(value >> (4 * digits)) & 15]); }
#ifdef BY_PCI
#include "pci.h"
#else
#include "slots.h"
#endif

static uint32_t sum(const uint8_t *bytes, uint32_t count) {
  uint32_t a = 1, b = 0;
  for (uint32_t i = 0; i < count; i++) { a = (a + bytes[i]) & 0xffff; b = (b + a) & 0xffff; }
  return b << 16 | a;
}

static struct descriptor *descriptors(void) { return (struct descriptor *)rings; }
static volatile struct available *available(void) { return (volatile struct available *)(rings + sizeof(struct descriptor) * QUEUE); }
static volatile struct used *used(void) { return (volatile struct used *)(rings + PAGE); }

static uint32_t features(uint32_t slot, uint32_t select) { set(slot, DeviceFeaturesSel, select); return get(slot, DeviceFeatures); }
static void accept(uint32_t slot, uint32_t select, uint32_t value) { set(slot, DriverFeaturesSel, select); set(slot, DriverFeatures, value); }

static void start(uint32_t slot, uint32_t wanted) {
  for (uint32_t i = 0; i < sizeof rings; i++) rings[i] = 0;
  set(slot, Status, 0);
  set(slot, Status, ACKNOWLEDGE);
  set(slot, Status, ACKNOWLEDGE | DRIVER);
  accept(slot, 0, wanted);
  if (get(slot, Version) == 2) {
    accept(slot, 1, 1);
    set(slot, Status, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  } else
    set(slot, GuestPageSize, PAGE);
  set(slot, QueueSel, 0);
  set(slot, QueueNum, QUEUE);
  if (get(slot, Version) == 2) {
    place(slot, QueueDescLow, descriptors());
    place(slot, QueueDriverLow, available());
    place(slot, QueueDeviceLow, used());
    set(slot, QueueReady, 1);
  } else {
    set(slot, QueueAlign, PAGE);
    set(slot, QueuePFN, (uint32_t)(uintptr_t)rings / PAGE);
  }
  set(slot, Status, get(slot, Status) | DRIVER_OK);
  text("status ");
  number(get(slot, Status), 2);
  put('\n');
}

static void describe(int i, const volatile void *at, uint32_t bytes, int flags) {
  struct descriptor *d = descriptors() + i;
  d->at = (uintptr_t)at;
  d->bytes = bytes;
  d->flags = (uint16_t)flags;
  d->next = (uint16_t)(i + 1);
}

// Sends the chain that begins with descriptor 0, waits for it, and gives back how much was written.
static uint32_t send(uint32_t slot) {
  uint16_t index = available()->index;
  available()->ring[index % QUEUE] = 0;
  __asm__ volatile("dsb sy" ::: "memory");
  available()->index = (uint16_t)(index + 1);
  __asm__ volatile("dsb sy" ::: "memory");
  set(slot, QueueNotify, 0);
  // Each look is an exit.
  while (get(slot, InterruptStatus) == 0)
    for (int i = 0; i < 2000; i++) __asm__ volatile("");
  set(slot, InterruptACK, get(slot, InterruptStatus));
  __asm__ volatile("dsb sy" ::: "memory");
  if (used()->index != (uint16_t)(index + 1)) text("NOT GIVEN BACK\n");
  return used()->ring[index % QUEUE].written;
}

static void block(uint32_t slot, const char *what, uint32_t type, uint64_t sector, void *buffer, uint32_t bytes) {
  header.type = type;
  header.sector = sector;
  status = 0xff;
  describe(0, &header, sizeof header, NEXT);
  if (bytes != 0) describe(1, buffer, bytes, NEXT | (type == IN || type == GET_ID ? WRITE : 0));
  describe(bytes == 0 ? 1 : 2, &status, 1, WRITE);
  uint32_t written = send(slot);
  text(what);
  text(" status ");
  number(status, 2);
  text(" written ");
  number(written, 4);
  text(" sum ");
  number(sum(data, sizeof data), 8);
  put('\n');
}

static void range(uint64_t sector, uint32_t sectors) {
  for (int i = 0; i < 8; i++) segment[i] = (uint8_t)(sector >> (8 * i));
  for (int i = 0; i < 4; i++) segment[8 + i] = (uint8_t)(sectors >> (8 * i));
}

static void disk(uint32_t slot) {
  uint32_t sectors = get(slot, Config);
  uint32_t offered = features(slot, 0);
  text("disk ");
  number(sectors, 8);
  text(" features ");
  number(offered, 8);
  put('\n');
  start(slot, offered & (1 << 5 | 1 << 9 | 1 << 13 | 1 << 14));
  block(slot, "id", GET_ID, 0, data, 20);
  block(slot, "read", IN, 8, data, sizeof data);
  if (!(offered & 1 << 5)) {
    for (uint32_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i * 7 + (i >> 8));
    block(slot, "write", OUT, 3, data, sizeof data);
    block(slot, "write", OUT, sectors - 1, data + 512, 512);
    block(slot, "flush", FLUSH, 0, 0, 0);
    range(5, 2);
    block(slot, "write-zeroes", WRITE_ZEROES, 0, segment, sizeof segment);
    block(slot, "discard", DISCARD, 0, segment, sizeof segment);
  }
  block(slot, "read", IN, 3, data, sizeof data);
  block(slot, "read", IN, sectors - 8, data, sizeof data);
  block(slot, "beyond", IN, sectors - 1, data, sizeof data);
  block(slot, "unknown", 99, 0, 0, 0);
}

static void entropy(uint32_t slot) {
  start(slot, 0);
  describe(0, data, 16, WRITE);
  send(slot);
  text("entropy ");
  for (int i = 0; i < 16; i++) number(data[i], 2);
  put('\n');
}

// --- several queues ----------------------------------------------------------------------------------------------------
#define QUEUES 10
static uint8_t queues[QUEUES][2 * PAGE] __attribute__((aligned(PAGE)));
static int modern;

static volatile struct available *available_of(int q) { return (volatile struct available *)(queues[q] + sizeof(struct descriptor) * QUEUE); }
static volatile struct used *used_of(int q) { return (volatile struct used *)(queues[q] + PAGE); }
static void describe_of(int q, int i, const void *at, uint32_t bytes, int flags) {
  volatile struct descriptor *d = (volatile struct descriptor *)queues[q] + i;
  d->at = (uintptr_t)at;
  d->bytes = bytes;
  d->flags = (uint16_t)flags;
}
static void offer_of(uint32_t slot, int q, uint32_t head) {
  volatile struct available *a = available_of(q);
  a->ring[a->index % QUEUE] = (uint16_t)head;
  __asm__ volatile("dsb sy" ::: "memory");
  a->index = (uint16_t)(a->index + 1);
  __asm__ volatile("dsb sy" ::: "memory");
  set(slot, QueueNotify, (uint32_t)q);
}
static void queue_of(uint32_t slot, int q) {
  // The rings alone: the rest of their pages is never looked at.
  for (uint32_t i = 0; i < 256; i++) queues[q][i] = queues[q][PAGE + i] = 0;
  set(slot, QueueSel, (uint32_t)q);
  set(slot, QueueNum, QUEUE);
  if (modern) {
    place(slot, QueueDescLow, queues[q]);
    place(slot, QueueDriverLow, available_of(q));
    place(slot, QueueDeviceLow, used_of(q));
    set(slot, QueueReady, 1);
  } else {
    set(slot, QueueAlign, PAGE);
    set(slot, QueuePFN, (uint32_t)(uintptr_t)queues[q] / PAGE);
  }
}
// Sends bytes by a queue, and waits until they are taken.
static void transmit(uint32_t slot, int q, const void *at, uint32_t bytes) {
  uint16_t index = used_of(q)->index;
  describe_of(q, 0, at, bytes, 0);
  offer_of(slot, q, 0);
  while (used_of(q)->index == index) {
    get(slot, InterruptStatus);
    for (int i = 0; i < 200; i++) __asm__ volatile("");
  }
}
static void begin(uint32_t slot, uint32_t wanted) {
  modern = get(slot, Version) == 2;
  set(slot, Status, 0);
  set(slot, Status, ACKNOWLEDGE | DRIVER);
  accept(slot, 0, wanted);
  if (modern) {
    accept(slot, 1, 1);
    set(slot, Status, ACKNOWLEDGE | DRIVER | FEATURES_OK);
  } else
    set(slot, GuestPageSize, PAGE);
}

// --- network: sends one frame, then sends back each that comes, up to one whose payload begins with q --------------------
#define BUFFER 1600
#define HEADER (modern ? 12 : 10)
static uint8_t buffers[QUEUE][BUFFER] __attribute__((aligned(16)));
static uint8_t outgoing[BUFFER] __attribute__((aligned(16)));

static void net(uint32_t slot) {
  begin(slot, 1 << 5 | 1 << 16);
  queue_of(slot, 0);
  queue_of(slot, 1);
  set(slot, Status, get(slot, Status) | DRIVER_OK);
  const volatile uint8_t *config = (const volatile uint8_t *)(uintptr_t)CONFIG(slot);
  uint8_t *frame = outgoing + HEADER;
  text("mac ");
  for (int i = 0; i < 6; i++) { frame[i] = 0xff; frame[6 + i] = config[i]; number(config[i], 2); }
  text(" link ");
  number(config[6], 1);
  put('\n');
  frame[12] = 0x88;
  frame[13] = 0xb5;
  for (int i = 0; i < 50; i++) frame[14 + i] = (uint8_t)"hello   "[i & 7];
  transmit(slot, 1, outgoing, (uint32_t)HEADER + 64);
  for (int i = 0; i < QUEUE; i++) {
    describe_of(0, i, buffers[i], BUFFER, WRITE);
    offer_of(slot, 0, (uint32_t)i);
  }
  for (uint16_t seen = 0;; seen++) {
    while (used_of(0)->index == seen) get(slot, InterruptStatus);
    uint32_t head = used_of(0)->ring[seen % QUEUE].head, bytes = used_of(0)->ring[seen % QUEUE].written - (uint32_t)HEADER;
    const uint8_t *got = buffers[head] + HEADER;
    text("frame ");
    number(bytes, 4);
    text(" sum ");
    number(sum(got, bytes), 8);
    put('\n');
    for (uint32_t i = 0; i < bytes; i++) frame[i] = got[i];
    for (int i = 0; i < 6; i++) { frame[i] = got[6 + i]; frame[6 + i] = config[i]; }
    offer_of(slot, 0, head);
    transmit(slot, 1, outgoing, (uint32_t)HEADER + bytes);
    if (frame[14] == 'q') return;
  }
}

// --- console: tells of its ports, opens them, and sends back what comes by each, up to a piece that begins with q ---------
enum { DEVICE_READY = 0, PORT_ADD = 1, PORT_READY = 3, RESIZE = 5, PORT_OPEN = 6, PORT_NAME = 7 };
#define PORTS (QUEUES / 2 - 1)
#define PORT_BYTES 64
struct control { uint32_t port; uint16_t event, value; char text[88]; };
static struct control messages[QUEUE] __attribute__((aligned(16)));
static struct control said __attribute__((aligned(16)));
static char typed[PORTS][QUEUE][PORT_BYTES] __attribute__((aligned(16)));

static int receive_queue(uint32_t port) { return port == 0 ? 0 : 2 * (int)(port + 1); }
static void say(uint32_t slot, uint32_t port, int event) {
  said.port = port;
  said.event = (uint16_t)event;
  said.value = 1;
  transmit(slot, 3, &said, 8);
}
static void listen(uint32_t slot, uint32_t port) {
  for (int i = 0; i < QUEUE; i++) {
    describe_of(receive_queue(port), i, typed[port][i], PORT_BYTES, WRITE);
    offer_of(slot, receive_queue(port), (uint32_t)i);
  }
}
static void heard(uint32_t slot, const struct control *it, uint32_t bytes) {
  text("control ");
  number(it->port, 1);
  put(' ');
  number(it->event, 1);
  put(' ');
  number(it->value, 1);
  put(' ');
  if (it->event == PORT_NAME) for (uint32_t i = 0; i + 8 < bytes; i++) put(it->text[i]);
  if (it->event == RESIZE) for (uint32_t i = 0; i + 8 < bytes; i++) number((uint8_t)it->text[i], 2);
  put('\n');
  if (it->event == PORT_ADD) say(slot, it->port, PORT_READY);
  if (it->event == PORT_OPEN) {
    say(slot, it->port, PORT_OPEN);
    listen(slot, it->port);
  }
}

static void console(uint32_t slot) {
  volatile uint32_t *emergency = (volatile uint32_t *)(uintptr_t)(CONFIG(slot) + 8);
  *emergency = '!';
  begin(slot, 1 << 0 | 1 << 1);
  uint32_t ports = get(slot, Config + 4);
  text("ports ");
  number(ports, 2);
  text(" size ");
  number(get(slot, Config), 8);
  put('\n');
  if (ports > PORTS) ports = PORTS;
  for (int q = 0; q < 2 * (int)ports + 2; q++) queue_of(slot, q);
  set(slot, Status, get(slot, Status) | DRIVER_OK);
  for (int i = 0; i < QUEUE; i++) {
    describe_of(2, i, &messages[i], sizeof messages[i], WRITE);
    offer_of(slot, 2, (uint32_t)i);
  }
  say(slot, 0xffffffff, DEVICE_READY);
  transmit(slot, 1, "hello by hvc0\nno end", 20);
  uint16_t seen = 0, seen_of[PORTS] = {0};
  for (;;) {
    // Each look is an exit.
    for (int i = 0; i < 1000; i++) __asm__ volatile("");
    get(slot, InterruptStatus);
    if (used_of(2)->index != seen) {
      uint32_t head = used_of(2)->ring[seen % QUEUE].head;
      heard(slot, &messages[head], used_of(2)->ring[seen++ % QUEUE].written);
      offer_of(slot, 2, head);
    }
    for (uint32_t port = 0; port < ports; port++) {
      int q = receive_queue(port);
      if (used_of(q)->index == seen_of[port]) continue;
      uint32_t head = used_of(q)->ring[seen_of[port] % QUEUE].head, bytes = used_of(q)->ring[seen_of[port] % QUEUE].written;
      seen_of[port]++;
      text("port ");
      number(port, 1);
      text(" bytes ");
      number(bytes, 2);
      put('\n');
      transmit(slot, q + 1, typed[port][head], bytes);
      if (typed[port][head][0] == 'q') return;
      offer_of(slot, q, head);
    }
  }
}

void guest(void) {
  for (uint32_t slot = 0; slot < SLOTS; slot++) {
    uint32_t kind = get(slot, DeviceID);
    if (kind == 0) continue;
    text("slot ");
    number(slot, 2);
    text(" version ");
    number(get(slot, Version), 1);
    put('\n');
    found(slot);
    if (kind == 1) net(slot);
    if (kind == 2) disk(slot);
    if (kind == 3) console(slot);
    if (kind == 4) entropy(slot);
    used_up(slot);
  }
  text("GUEST-DONE\n");
}
