// The bench guest: one static program as init. Each section prints how long it took by the guest's clock, which counts
// one nanosecond an instruction here and under QEMU's `-icount shift=0`, and a checksum that must be the same everywhere.
// Arguments (after "--" on the kernel's command line) name the sections to run; without, all are.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static volatile uint32_t sink;

// Integer loops: a sieve, and a xorshift generator.
static uint32_t section_int(void) {
  static uint8_t sieve[1 << 20];
  uint32_t n = 0;
  for (int k = 0; k < 24; k++) {
    memset(sieve, 1, sizeof sieve);
    for (uint32_t i = 2; i < sizeof sieve; i++) {
      if (!sieve[i]) continue;
      n++;
      for (uint32_t j = i * 2; j < sizeof sieve; j += i) sieve[j] = 0;
    }
  }
  uint32_t x = 2463534242u;
  for (int i = 0; i < 60000000; i++) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    n += x & 1;
  }
  return n;
}

// memset and memcpy over 64 MB.
static uint32_t section_mem(void) {
  size_t n = 32u << 20;
  char *a = malloc(n), *b = malloc(n);
  uint32_t r = 0;
  for (int k = 0; k < 12; k++) {
    memset(a, k, n);
    memcpy(b, a, n);
    r += b[k * 4097];
  }
  free(a);
  free(b);
  return r;
}

// What CoreMark does: a list, an integer matrix, a state machine, a CRC.
struct node {
  struct node *next;
  uint16_t value, index;
};

static uint16_t crc16(uint16_t crc, uint16_t data) {
  for (int i = 0; i < 16; i++) {
    uint16_t bit = (crc ^ data) & 1;
    crc >>= 1;
    data >>= 1;
    if (bit) crc ^= 0xa001;
  }
  return crc;
}

static int next_state(int state, char c) {
  int digit = c >= '0' && c <= '9';
  switch (state) {
    case 0:
      return digit ? 1 : c == '+' || c == '-' ? 2 : c == '.' ? 3 : 4;
    case 1:
      return c == '.' ? 3 : c == ',' ? 0 : digit ? 1 : 4;
    case 2:
      return digit ? 1 : c == '.' ? 3 : 4;
    case 3:
      return c == 'e' || c == 'E' ? 5 : c == ',' ? 0 : digit ? 3 : 4;
    case 5:
      return c == '+' || c == '-' || digit ? 6 : 4;
    case 6:
      return c == ',' ? 0 : digit ? 6 : 4;
    default:
      return c == ',' ? 0 : state;
  }
}

__attribute__((optimize("no-tree-vectorize"))) static uint32_t section_core(void) {
  static struct node list[256];
  static int16_t a[32][32], b[32][32];
  static int32_t product[32][32];
  const char *text = "5012,-874,+122,1.5e10,-.123,0x7f,T0.3e-1F,35.54400,.1234500,-110.700,+0.64400";
  uint16_t crc = 0;
  for (int round = 0; round < 5000; round++) {
    for (int i = 0; i < 256; i++) {
      list[i].next = i < 255 ? &list[i + 1] : 0;
      list[i].value = (uint16_t)(i * 7919 + round);
      list[i].index = i;
    }
    struct node *head = &list[0], *reversed = 0;
    while (head) {
      struct node *next = head->next;
      head->next = reversed;
      reversed = head;
      head = next;
    }
    for (int q = 0; q < 8; q++) {
      uint16_t wanted = (uint16_t)(q * 31 + round);
      struct node *p = reversed;
      while (p && (p->value & 0xff) != (wanted & 0xff)) p = p->next;
      crc = crc16(crc, p ? p->index : 0xffff);
    }
    for (int i = 0; i < 32; i++)
      for (int j = 0; j < 32; j++) {
        a[i][j] = (int16_t)(i * j + round);
        b[i][j] = (int16_t)(i - j + round);
      }
    for (int i = 0; i < 32; i++)
      for (int j = 0; j < 32; j++) {
        int32_t sum = 0;
        for (int k = 0; k < 32; k++) sum += (int32_t)a[i][k] * b[k][j];
        product[i][j] = sum;
      }
    for (int i = 0; i < 32; i++) crc = crc16(crc, (uint16_t)product[i][(i * 5) & 31]);
    int state = 0, visits[8] = {0};
    for (int repeat = 0; repeat < 16; repeat++)
      for (const char *c = text; *c; c++) visits[state = next_state(state, *c)]++;
    for (int i = 0; i < 8; i++) crc = crc16(crc, (uint16_t)visits[i]);
  }
  return crc;
}

// A matrix product in double precision.
static uint32_t section_fp(void) {
  enum { N = 160 };
  static double a[N][N], b[N][N], c[N][N];
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) {
      a[i][j] = i * 0.5 + j;
      b[i][j] = i - j * 0.25;
    }
  for (int round = 0; round < 10; round++)
    for (int i = 0; i < N; i++)
      for (int j = 0; j < N; j++) {
        double sum = c[i][j];
        for (int k = 0; k < N; k++) sum += a[i][k] * b[k][j];
        c[i][j] = sum;
      }
  return (uint32_t)(int64_t)c[17][33];
}

// The shortest system call, 100,000 times: exception entry and return.
static uint32_t section_sys(void) {
  uint32_t r = 0;
  for (int i = 0; i < 100000; i++) r += syscall(SYS_getppid);
  return r;
}

// Page faults: map, touch, unmap.
static uint32_t section_fault(void) {
  uint32_t touched = 0;
  for (int k = 0; k < 40; k++) {
    size_t n = 4u << 20;
    char *a = mmap(0, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(a, n, MADV_NOHUGEPAGE);
    for (size_t i = 0; i < n; i += 4096) {
      a[i] = 1;
      touched++;
    }
    munmap(a, n);
  }
  return touched;
}

// fork, exit, wait.
static uint32_t section_fork(void) {
  uint32_t r = 0;
  for (int i = 0; i < 300; i++) {
    pid_t child = fork();
    if (!child) _exit(3);
    int status;
    waitpid(child, &status, 0);
    r += WEXITSTATUS(status);
  }
  return r;
}

// Two processes that pass a byte to and fro: switches of address space.
static uint32_t section_pipe(void) {
  enum { ROUNDS = 10000 };
  int there[2], back[2];
  char c = 0;
  uint32_t r = 0;
  if (pipe(there) || pipe(back)) return 0;
  pid_t child = fork();
  if (!child) {
    for (int i = 0; i < ROUNDS; i++) {
      if (read(there[0], &c, 1) != 1) break;
      c++;
      if (write(back[1], &c, 1) != 1) break;
    }
    _exit(0);
  }
  for (int i = 0; i < ROUNDS; i++) {
    if (write(there[1], &c, 1) != 1 || read(back[0], &c, 1) != 1) break;
    r += (uint8_t)c;
  }
  waitpid(child, 0, 0);
  return r;
}

// What a compiler in a guest does: writes a function, makes it visible to fetches, calls it a few times, over and over.
static uint32_t section_jit(void) {
  enum { FUNCTIONS = 64, STEPS = 8, WORDS = 64, ROUNDS = 20000, CALLS = 4 };
  size_t bytes = FUNCTIONS * WORDS * sizeof(uint32_t);
  uint32_t *code = mmap(0, bytes, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 0;
  uint32_t r = 1;
  for (uint32_t k = 0; k < ROUNDS; k++) {
    uint32_t *f = code + (k % FUNCTIONS) * WORDS, *p = f;
    for (uint32_t i = 0; i < STEPS; i++) {
      uint32_t factor = (k * 31 + i * 7) & 0xffff, addend = (k + i) & 0xff;
#ifdef __aarch64__
      *p++ = 0x52800001 | factor << 5;   // mov w1, #factor
      *p++ = 0x1b017c00;                 // mul w0, w0, w1
      *p++ = 0x11000000 | addend << 10;  // add w0, w0, #addend
      *p++ = 0x4a401c00;                 // eor w0, w0, w0, lsr #7
    }
    *p++ = 0xd65f03c0;  // ret
#else
      *p++ = 0xe3001000 | (factor & 0xf000) << 4 | (factor & 0xfff);  // movw r1, #factor
      *p++ = 0xe0000190;                                              // mul r0, r0, r1
      *p++ = 0xe2800000 | addend;                                     // add r0, r0, #addend
      *p++ = 0xe02003a0;                                              // eor r0, r0, r0, lsr #7
    }
    *p++ = 0xe12fff1e;  // bx lr
#endif
    __builtin___clear_cache((char *)f, (char *)p);
    for (int i = 0; i < CALLS; i++) r = ((uint32_t(*)(uint32_t))f)(r);
  }
  munmap(code, bytes);
  return r;
}

static const struct {
  const char *name;
  uint32_t (*run)(void);
} sections[] = {
    {"int", section_int}, {"mem", section_mem},     {"core", section_core}, {"fp", section_fp},
    {"sys", section_sys}, {"fault", section_fault}, {"fork", section_fork}, {"pipe", section_pipe}, {"jit", section_jit},
};

int main(int argc, char **argv) {
  setvbuf(stdout, 0, _IOLBF, 0);
  printf("GUEST-READY\n");
  for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
    int wanted = argc < 2;
    for (int k = 1; k < argc; k++) wanted |= !strcmp(argv[k], sections[i].name);
    if (!wanted) continue;
    printf("BENCH-BEGIN %s\n", sections[i].name);
    uint64_t begin = nanoseconds();
    uint32_t result = sections[i].run();
    uint64_t end = nanoseconds();
    sink = result;
    printf("BENCH-END %s guest_ns=%llu result=%u\n", sections[i].name, (unsigned long long)(end - begin), result);
  }
  printf("GUEST-DONE\n");
  fflush(stdout);
  if (getpid() != 1) return 0;
  sync();
  return reboot(RB_POWER_OFF);
}
