// PCI of the board bhyve: its functions are found by ECAM, their BARs sized and moved, and their interrupts looked at where the distributor has
// them pending. Functions interrupt by messages and by their pins in turns.
#define SLOTS 31
#define ECAM 0xe0000000
#define WINDOW 0xa0000000
#define GICD 0x2f000000
#define FUNCTION(n) (ECAM + 0x8000 * ((n) + 1))
#define MESSAGES 256
enum { COMMAND = 4, MEMORY = 2, MASTER = 4, BAR0 = 0x10, BAR1 = 0x14, CAPABILITIES = 0x34, LINE = 0x3c, PIN = 0x3d };
enum { SETSPI = 0x40, ISPENDR = 0x200 };

#define AT(type, at) (*(volatile type *)(uintptr_t)(at))
static uintptr_t common, notify, isr, configuration;
static uint32_t multiplier;
#define CONFIG(n) (configuration)

static uint32_t get(uint32_t slot, uint32_t at) {
  if (at == Version) return 2;
  if (at == DeviceID) return AT(uint16_t, FUNCTION(slot)) == 0x1af4 ? AT(uint16_t, FUNCTION(slot) + 2) - 0x1040u : 0;
  if (at >= Config) return AT(uint32_t, configuration + at - Config);
  if (at == DeviceFeatures) return AT(uint32_t, common + 4);
  if (at == QueueNumMax) return AT(uint16_t, common + 0x18);
  if (at == InterruptStatus) return AT(uint8_t, isr);
  if (at == Status) return AT(uint8_t, common + 0x14);
  return 0;
}
static void set(uint32_t slot, uint32_t at, uint32_t value) {
  (void)slot;
  if (at == DeviceFeaturesSel) AT(uint32_t, common) = value;
  if (at == DriverFeaturesSel) AT(uint32_t, common + 8) = value;
  if (at == DriverFeatures) AT(uint32_t, common + 0xc) = value;
  if (at == Status) AT(uint8_t, common + 0x14) = (uint8_t)value;
  if (at == QueueSel) AT(uint16_t, common + 0x16) = (uint16_t)value;
  if (at == QueueNum) AT(uint16_t, common + 0x18) = (uint16_t)value;
  // Which vector is set with the queue: those of all queues are side by side, behind that of the configuration.
  if (at == QueueReady) {
    AT(uint16_t, common + 0x10) = 0;
    AT(uint16_t, common + 0x1a) = (uint16_t)(AT(uint16_t, common + 0x16) + 1);
    AT(uint16_t, common + 0x1c) = (uint16_t)value;
  }
  if (at == QueueNotify) AT(uint16_t, notify + value * multiplier) = (uint16_t)value;
}
static void place(uint32_t slot, uint32_t at, const volatile void *where) {
  (void)slot;
  uintptr_t field = common + (at == QueueDescLow ? 0x20 : at == QueueDriverLow ? 0x28 : 0x30);
  AT(uint32_t, field) = (uint32_t)(uintptr_t)where;
  AT(uint32_t, field + 4) = (uint32_t)((uint64_t)(uintptr_t)where >> 32);
}

static uint32_t size_of(uintptr_t bar) {
  uint32_t was = AT(uint32_t, bar);
  AT(uint32_t, bar) = 0xffffffff;
  uint32_t size = ~AT(uint32_t, bar) + 1;
  AT(uint32_t, bar) = was;
  return size;
}
static void word(const char *what, uint32_t value) {
  text(what);
  number(value, 8);
}

// Moves the function's BARs to the other end of the window, and finds its structures.
static void found(uint32_t slot) {
  uintptr_t function = FUNCTION(slot), bars[2];
  AT(uint16_t, function + COMMAND) = 0;
  for (int n = 0; n < 2; n++) {
    uintptr_t bar = function + BAR0 + 4 * (uintptr_t)n;
    word(" bar ", AT(uint32_t, bar));
    word(" bytes ", size_of(bar));
    bars[n] = WINDOW + 0x3e000000 + 0x10000 * slot + 0x8000 * (uint32_t)n;
    AT(uint32_t, bar) = (uint32_t)bars[n];
  }
  AT(uint16_t, function + COMMAND) = MEMORY | MASTER;
  uint32_t control = 0;
  for (uint32_t at = AT(uint8_t, function + CAPABILITIES); at != 0; at = AT(uint8_t, function + at + 1)) {
    if (AT(uint8_t, function + at) == 0x11) control = at + 2;
    if (AT(uint8_t, function + at) != 9) continue;
    uintptr_t where = bars[AT(uint8_t, function + at + 4) & 1] + AT(uint32_t, function + at + 8);
    switch (AT(uint8_t, function + at + 3)) {
      case 1: common = where; break;
      case 2: notify = where; multiplier = AT(uint32_t, function + at + 16); break;
      case 3: isr = where; break;
      case 4: configuration = where; break;
    }
  }
  uint32_t vectors = (AT(uint16_t, function + control) & 0x7ff) + 1u;
  word(" vectors ", vectors);
  word(" pin ", AT(uint8_t, function + PIN));
  put('\n');
  if (slot % 2 == 1) return;
  for (uint32_t n = 0; n < vectors && n < 16; n++) {
    uintptr_t entry = bars[1] + 16 * n;
    AT(uint32_t, entry) = GICD + SETSPI;
    AT(uint32_t, entry + 4) = 0;
    AT(uint32_t, entry + 8) = MESSAGES + 16 * (slot / 2) + n;
    AT(uint32_t, entry + 12) = 0;
  }
  AT(uint16_t, function + control) = 0x8000;
}
// Tells of what has interrupted.
static void used_up(uint32_t slot) {
  uint32_t bits = slot % 2 == 1 ? AT(uint32_t, GICD + ISPENDR + 4) : AT(uint32_t, GICD + ISPENDR + (MESSAGES + 16 * (slot / 2)) / 32 * 4);
  word(slot % 2 == 1 ? "pins " : "messages ", bits);
  put('\n');
}
