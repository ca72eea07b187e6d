// Parallel work that checks itself: one static program as init. Eight workers whatever the number of CPUs, so that the results are
// the same with any. Each section prints its time by the guest's clock, and a checksum; where one is wrong, FAIL.
// The argument (after "--" on the kernel's command line) multiplies the work; names behind it choose sections.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WORKERS = 8, PAGE = 4096 };

static int scale = 1;
static unsigned cpus_used;
static int failures;

static void note_cpu(void) { __atomic_fetch_or(&cpus_used, 1u << sched_getcpu(), __ATOMIC_RELAXED); }
static void failed(const char *what) {
  __atomic_fetch_add(&failures, 1, __ATOMIC_RELAXED);
  printf("PARALLEL-FAIL %s\n", what);
}
static uint64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000ull + t.tv_nsec;
}
static uint32_t xorshift(uint32_t *x) {
  *x ^= *x << 13;
  *x ^= *x >> 17;
  *x ^= *x << 5;
  return *x;
}

// Runs a function in each of the workers' threads, and adds up what they give.
static uint32_t in_threads(void *(*work)(void *)) {
  pthread_t threads[WORKERS];
  uint32_t sum = 0;
  for (intptr_t n = 0; n < WORKERS; n++)
    if (pthread_create(&threads[n], NULL, work, (void *)n)) failed("pthread_create");
  for (int n = 0; n < WORKERS; n++) {
    void *result;
    pthread_join(threads[n], &result);
    sum += (uint32_t)(uintptr_t)result;
  }
  return sum;
}
// The same in processes, whose results come by the status: 0 is right.
static uint32_t in_processes(int (*work)(int n), const char *what) {
  pid_t pids[WORKERS];
  fflush(stdout);
  for (int n = 0; n < WORKERS; n++) {
    pids[n] = fork();
    if (pids[n] == 0) _exit(work(n));
    if (pids[n] < 0) failed("fork");
  }
  uint32_t right = 0;
  for (int n = 0; n < WORKERS; n++) {
    int status;
    if (waitpid(pids[n], &status, 0) == pids[n] && status == 0) right++;
    else failed(what);
  }
  return right;
}

// --- compute: integers alone, nothing shared ----------------------------------------------------------------------------
static void *compute(void *n) {
  uint32_t x = 2463534242u + (uint32_t)(uintptr_t)n, sum = 0;
  for (int i = 0; i < 1000000 * scale; i++) {
    sum += xorshift(&x) & 0xff;
    if ((i & 0xffff) == 0) note_cpu();
  }
  return (void *)(uintptr_t)sum;
}
static uint32_t section_compute(void) { return in_threads(compute); }

// --- memory: each worker fills and reads memory of its own --------------------------------------------------------------
static void *memory(void *n) {
  enum { WORDS = 1 << 17 };
  uint32_t *block = malloc(WORDS * 4), sum = 0;
  for (int pass = 0; pass < 2 * scale; pass++) {
    uint32_t x = 99 + (uint32_t)(uintptr_t)n + pass, y = x;
    for (int i = 0; i < WORDS; i++) block[(i * 257) & (WORDS - 1)] = xorshift(&x);
    note_cpu();
    for (int i = 0; i < WORDS; i++) sum += block[(i * 257) & (WORDS - 1)] != xorshift(&y);
    sum += block[pass];
  }
  free(block);
  return (void *)(uintptr_t)sum;
}
static uint32_t section_memory(void) { return in_threads(memory); }

// --- mutex: a sum under a lock, and a token handed around by a condition, which are futexes -----------------------------
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static uint32_t locked_sum, token;
static void *mutex(void *n) {
  uint32_t own = (uint32_t)(uintptr_t)n;
  for (int i = 0; i < 2000 * scale; i++) {
    pthread_mutex_lock(&lock);
    locked_sum += own + 1;
    pthread_mutex_unlock(&lock);
  }
  for (int i = 0; i < 50 * scale; i++) {
    pthread_mutex_lock(&lock);
    while (token % WORKERS != own) pthread_cond_wait(&moved, &lock);
    token++;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
    note_cpu();
  }
  return NULL;
}
static uint32_t section_mutex(void) {
  locked_sum = token = 0;
  in_threads(mutex);
  return locked_sum + token;
}

// --- atomic: one word that all add to, and a list that all push to ------------------------------------------------------
struct node { struct node *next; uint32_t value; };
static struct node *stack;
static uint32_t atomic_sum;
static void *atomics(void *n) {
  struct node *nodes = malloc(sizeof *nodes * 2000 * scale);
  for (int i = 0; i < 2000 * scale; i++) {
    __atomic_fetch_add(&atomic_sum, 3, __ATOMIC_SEQ_CST);
    nodes[i].value = (uint32_t)(uintptr_t)n * 7 + i;
    nodes[i].next = __atomic_load_n(&stack, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&stack, &nodes[i].next, &nodes[i], 1, __ATOMIC_RELEASE, __ATOMIC_RELAXED)) continue;
  }
  note_cpu();
  return NULL;
}
static uint32_t section_atomic(void) {
  atomic_sum = 0;
  stack = NULL;
  in_threads(atomics);
  uint32_t sum = atomic_sum;
  for (struct node *at = stack; at; at = at->next) sum += at->value;
  return sum;
}

// --- pipe: a child sends, its parent checks -----------------------------------------------------------------------------
static int piped(int n) {
  int ends[2];
  uint8_t buffer[5000];
  uint32_t x = 7 + n, y = x, bytes = 0, total = 60000 * scale;
  if (pipe(ends)) return 1;
  pid_t child = fork();
  if (child == 0) {
    while (bytes < total) {
      uint32_t count = 1 + xorshift(&x) % sizeof buffer;
      if (count > total - bytes) count = total - bytes;
      for (uint32_t i = 0; i < count; i++) buffer[i] = (uint8_t)(bytes + i) ^ n;
      for (uint32_t sent = 0; sent < count;) {
        ssize_t one = write(ends[1], buffer + sent, count - sent);
        if (one < 0) _exit(1);
        sent += one;
      }
      bytes += count;
    }
    _exit(0);
  }
  close(ends[1]);
  for (ssize_t count; (count = read(ends[0], buffer, 1 + xorshift(&y) % sizeof buffer)) > 0; bytes += count)
    for (ssize_t i = 0; i < count; i++)
      if (buffer[i] != (uint8_t)((bytes + i) ^ n)) return 2;
  int status;
  return waitpid(child, &status, 0) != child || status || bytes != total;
}
static uint32_t section_pipe(void) { return in_processes(piped, "pipe"); }

// --- fork: children write to copies of their parents' pages -------------------------------------------------------------
static int forked(int n) {
  enum { WORDS = 16 * PAGE / 4 };
  static uint32_t block[WORDS];
  for (int i = 0; i < WORDS; i++) block[i] = i * (n + 1);
  for (int round = 0; round < 6 * scale; round++) {
    pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < WORDS; i += 512) block[i] += round + 1;
      for (int i = 0; i < WORDS; i += 512)
        if (block[i] != (uint32_t)(i * (n + 1) + round + 1)) _exit(1);
      _exit(0);
    }
    for (int i = 0; i < WORDS; i += 256)
      if (block[i] != (uint32_t)(i * (n + 1))) return 1;
    int status;
    if (waitpid(child, &status, 0) != child || status) return 2;
  }
  return 0;
}
static uint32_t section_fork(void) { return in_processes(forked, "fork"); }

// --- signal: parent and child signal each other, with a number each time ------------------------------------------------
static int signalled(int n) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, NULL);
  pid_t parent = getpid(), child = fork();
  pid_t other = child ? child : parent;
  int rounds = 40 * scale;
  for (int i = 0; i < rounds; i++) {
    siginfo_t info;
    union sigval value = { .sival_int = i * 8 + n };
    if (child && sigqueue(other, SIGRTMIN, value)) return 1;
    if (sigwaitinfo(&set, &info) != SIGRTMIN || info.si_value.sival_int != i * 8 + n) return 2;
    if (!child && sigqueue(other, SIGRTMIN, value)) return 3;
  }
  if (!child) _exit(0);
  int status;
  return waitpid(child, &status, 0) != child || status;
}
static uint32_t section_signal(void) { return in_processes(signalled, "signal"); }

// --- unmap: what one thread maps elsewhere no other may see as it was ---------------------------------------------------
static pthread_barrier_t barrier;
static volatile uint32_t *window;
static uint32_t stale;
static void *unmap(void *n) {
  uint32_t own = (uint32_t)(uintptr_t)n;
  for (int round = 0; round < 10 * scale; round++) {
    uint32_t value = round * WORKERS;
    pthread_barrier_wait(&barrier);
    if (own == (uint32_t)round % WORKERS) {
      // The others have read it before: all their TLBs hold it.
      void *at = mmap((void *)window, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
      for (int page = 0; page < 4; page++) ((volatile uint32_t *)at)[page * PAGE / 4] = value + page;
    }
    pthread_barrier_wait(&barrier);
    for (int page = 0; page < 4; page++)
      if (window[page * PAGE / 4] != value + page) __atomic_fetch_add(&stale, 1, __ATOMIC_RELAXED);
    // Memory of its own, meanwhile: each munmap and mprotect is for the CPUs of all threads.
    uint32_t *block = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int page = 0; page < 8; page++) {
      if (block[page * PAGE / 4]) __atomic_fetch_add(&stale, 1, __ATOMIC_RELAXED);
      block[page * PAGE / 4] = own + 1;
    }
    mprotect(block, 8 * PAGE, PROT_READ);
    for (int page = 0; page < 8; page++)
      if (block[page * PAGE / 4] != own + 1) __atomic_fetch_add(&stale, 1, __ATOMIC_RELAXED);
    munmap(block, 8 * PAGE);
    note_cpu();
  }
  return NULL;
}
static uint32_t section_unmap(void) {
  window = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  pthread_barrier_init(&barrier, NULL, WORKERS);
  in_threads(unmap);
  if (stale) failed("unmap");
  return stale;
}

static const struct { const char *name; uint32_t (*run)(void); } sections[] = {
  { "compute", section_compute }, { "memory", section_memory }, { "mutex", section_mutex }, { "atomic", section_atomic },
  { "pipe", section_pipe },       { "fork", section_fork },     { "signal", section_signal }, { "unmap", section_unmap },
};

static int chosen(const char *name, int count, char **names) {
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return 1;
  return count == 0;
}

int main(int argc, char **argv) {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  int cpus = CPU_COUNT(&set);
  if (argc > 1) scale = atoi(argv[1]);
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("PARALLEL cpus %d scale %d\n", cpus, scale);
  for (unsigned i = 0; i < sizeof sections / sizeof *sections; i++) {
    if (!chosen(sections[i].name, argc - 2 < 0 ? 0 : argc - 2, argv + 2)) continue;
    printf("BENCH-BEGIN %s\n", sections[i].name);
    uint64_t start = nanoseconds();
    uint32_t result = sections[i].run();
    printf("BENCH-END %s guest_ns=%llu result=%u\n", sections[i].name, (unsigned long long)(nanoseconds() - start), result);
  }
  if (cpus_used != (1u << cpus) - 1) printf("PARALLEL-IDLE a CPU did nothing: %x\n", cpus_used);
  printf(failures ? "PARALLEL-FAILED\n" : "PARALLEL-DONE\n");
  fflush(stdout);
  reboot(RB_POWER_OFF);
  return 0;
}
