// Virtio slots of the board virt, by their registers.
#define SLOTS 32
#define SLOT(n) (0x0a000000 + 0x200 * (n))
#define CONFIG(n) (SLOT(n) + Config)

static uint32_t get(uint32_t slot, uint32_t at) { return *(volatile uint32_t *)(uintptr_t)(SLOT(slot) + at); }
static void set(uint32_t slot, uint32_t at, uint32_t value) { *(volatile uint32_t *)(uintptr_t)(SLOT(slot) + at) = value; }
static void place(uint32_t slot, uint32_t at, const volatile void *where) { set(slot, at, (uint32_t)(uintptr_t)where); }
static void found(uint32_t slot) { (void)slot; }
static void used_up(uint32_t slot) { (void)slot; }
