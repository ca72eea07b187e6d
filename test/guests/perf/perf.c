/*
 * init of a Linux guest that counts its own instructions by perf_event_open(2) and watches its own memory, and knows what must come
 * out: on each CPU instructions and cycles to the last one, samples at overflows, breakpoints on data and on code. No libc.
 */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long word; /* of a system call */

#ifdef __aarch64__
enum { NR_read = 63, NR_write = 64, NR_ioctl = 29, NR_mmap = 222, NR_close = 57, NR_perf_event_open = 241, NR_sched_setaffinity = 122, NR_reboot = 142 };
static word call6(word n, word a, word b, word c, word d, word e, word f)
{
	register word x8 __asm__("x8") = n, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
	register word x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
	return x0;
}
/* Two instructions a round. */
#define ROUNDS(n) __asm__ volatile(".global rounds, rounds_end\nrounds:\nsubs %0, %0, #1\nb.ne rounds\nrounds_end:" : "+r"(n) : : "cc")
#else
enum { NR_read = 3, NR_write = 4, NR_ioctl = 54, NR_mmap = 192, NR_close = 6, NR_perf_event_open = 364, NR_sched_setaffinity = 241, NR_reboot = 88 };
static word call6(word n, word a, word b, word c, word d, word e, word f)
{
	register word r7 __asm__("r7") = n, r0 __asm__("r0") = a, r1 __asm__("r1") = b, r2 __asm__("r2") = c;
	register word r3 __asm__("r3") = d, r4 __asm__("r4") = e, r5 __asm__("r5") = f;
	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5) : "memory");
	return r0;
}
#define ROUNDS(n) __asm__ volatile(".global rounds, rounds_end\nrounds:\nsubs %0, %0, #1\nbne rounds\nrounds_end:" : "+r"(n) : : "cc")
#endif
#define call(n, a, b, c) call6(n, (word)(a), (word)(b), (word)(c), 0, 0, 0)

extern const u8 rounds[], rounds_end[];

/* struct perf_event_attr, as far as PERF_ATTR_SIZE_VER1: include/uapi/linux/perf_event.h of Linux. */
struct attr {
	u32 type, size;
	u64 config, period, sample_type, read_format, flags;
	u32 wakeup_events, bp_type;
	u64 bp_addr, bp_len;
};
enum { TYPE_HARDWARE = 0, TYPE_BREAKPOINT = 5, CPU_CYCLES = 0, INSTRUCTIONS = 1, SAMPLE_IP = 1 };
enum { BP_R = 1, BP_W = 2, BP_X = 4 };
#define DISABLED (1ull << 0)
#define EXCLUDE_KERNEL (1ull << 5)
#define EXCLUDE_HV (1ull << 6)
enum { ENABLE = 0x2400, DISABLE = 0x2401, RESET = 0x2403 };
enum { RECORD_SAMPLE = 9 };

void *memset(void *to, int byte, unsigned long bytes); /* which the compiler calls */
void *memset(void *to, int byte, unsigned long bytes)
{
	for (volatile u8 *at = to; bytes--; at++)
		*at = (u8)byte;
	return to;
}

static void say(const char *text)
{
	u32 length = 0;
	while (text[length])
		length++;
	call(NR_write, 1, text, length);
}
static void say_number(u64 value)
{
	char digits[24];
	int at = sizeof digits - 1;
	digits[at] = 0;
	do {
		u64 tenth = 0, rest = 0;
		for (int bit = 63; bit >= 0; bit--) { /* no libgcc */
			rest = rest << 1 | (value >> bit & 1);
			tenth <<= 1;
			if (rest >= 10) {
				rest -= 10;
				tenth |= 1;
			}
		}
		digits[--at] = (char)('0' + rest);
		value = tenth;
	} while (value);
	say(digits + at);
}
static void check(const char *what, u32 cpu, u64 found, u64 wanted)
{
	say("perf: CPU ");
	say_number(cpu);
	say(": ");
	say(what);
	say(found == wanted ? ": ok, " : ": WRONG, ");
	say_number(found);
	if (found != wanted) {
		say(" for ");
		say_number(wanted);
	}
	say("\n");
}

static int open_event(struct attr *attr)
{
	attr->size = sizeof *attr;
	attr->flags = DISABLED | EXCLUDE_KERNEL | EXCLUDE_HV;
	return (int)call6(NR_perf_event_open, (word)attr, 0, -1, -1, 0, 0);
}
static u64 value_of(int fd)
{
	u64 value = ~0ull;
	call(NR_read, fd, &value, sizeof value);
	return value;
}
/* Events of so many rounds, and of what switches the counter on and off. */
static __attribute__((noinline)) u64 counted(int fd, word n)
{
	call(NR_ioctl, fd, RESET, 0);
	call(NR_ioctl, fd, ENABLE, 0);
	ROUNDS(n);
	call(NR_ioctl, fd, DISABLE, 0);
	return value_of(fd);
}
static u64 of_rounds(u64 event, word n)
{
	struct attr attr = {.type = TYPE_HARDWARE, .config = event};
	int fd = open_event(&attr);
	u64 few = counted(fd, 1000);
	u64 more = counted(fd, 1000 + n);
	call(NR_close, fd, 0, 0);
	return more - few;
}

enum { PAGE = 4096, PAGES = 8 };
/* Samples each 10,000 instructions of so many rounds: how many there are, and how many lie in the rounds. */
static void sample(word n, u64 *all, u64 *within)
{
	struct attr attr = {.type = TYPE_HARDWARE, .config = INSTRUCTIONS, .period = 10000, .sample_type = SAMPLE_IP};
	int fd = open_event(&attr);
	u8 *ring = (u8 *)call6(NR_mmap, 0, PAGE * (1 + PAGES), 3, 1, fd, 0);
	*all = *within = 0;
	if (fd < 0)
		return;
	counted(fd, n);
	u64 head = *(volatile u64 *)(ring + 1024); /* data_head */
	for (u64 at = 0; at < head;) {
		u8 *record = ring + PAGE + (at & (PAGE * PAGES - 1));
		u32 type = *(u32 *)record;
		u64 ip = *(u64 *)(record + 8);
		if (type == RECORD_SAMPLE) {
			++*all;
			*within += ip >= (u64)(word)rounds && ip < (u64)(word)rounds_end;
		}
		at += *(unsigned short *)(record + 6);
	}
	call(NR_close, fd, 0, 0);
}

static volatile u32 watched[4];
static __attribute__((noinline)) void touched(void)
{
	__asm__ volatile("");
}
static u64 breakpoints(u32 type, const volatile void *at, u32 length, int times)
{
	struct attr attr = {.type = TYPE_BREAKPOINT, .bp_type = type, .bp_addr = (u64)(unsigned long)at, .bp_len = length};
	int fd = open_event(&attr);
	if (fd < 0)
		return (u64)-fd << 32;
	call(NR_ioctl, fd, ENABLE, 0);
	for (int i = 0; i < times; i++) {
		watched[0] = watched[1] + (u32)i;
		watched[2] = watched[0];
		touched();
	}
	call(NR_ioctl, fd, DISABLE, 0);
	u64 value = value_of(fd);
	call(NR_close, fd, 0, 0);
	return value;
}

void _start(void);
void _start(void)
{
	for (u32 cpu = 0; cpu < 8; cpu++) {
		unsigned long mask[4] = {1ul << cpu};
		if (call(NR_sched_setaffinity, 0, sizeof mask, mask) < 0)
			break;
		check("instructions", cpu, of_rounds(INSTRUCTIONS, 123456), 2 * 123456);
		check("cycles", cpu, of_rounds(CPU_CYCLES, 54321), 2 * 54321);
		u64 all, within;
		sample(500000, &all, &within);
		check("samples", cpu, all, 100);
		check("samples within", cpu, within, 100);
#ifdef __aarch64__ /* Of ARMv7 Linux takes no syndrome to tell loads from stores: debug_exception_updates_fsr(). */
		check("stores to a word", cpu, breakpoints(BP_W, &watched[0], 4, 7), 7);
#endif
		check("loads and stores", cpu, breakpoints(BP_R | BP_W, &watched[0], 4, 7), 14);
		check("loads and stores of another", cpu, breakpoints(BP_R | BP_W, &watched[3], 4, 7), 0);
		check("calls of a function", cpu, breakpoints(BP_X, (void *)touched, sizeof(long), 7), 7);
	}
	say("PERF-DONE\n");
	call6(NR_reboot, (word)0xfee1dead, 672274793, 0x4321fedc, 0, 0, 0);
}
