/* PSCI (Arm DEN 0022) by HVC, and the PL031 (Arm DDI 0224). */
#include "demo.h"
#include "sysreg.h"

enum { RTCDR = 0x000 };
#define PSCI_VERSION 0x84000000u
#define PSCI_SYSTEM_OFF 0x84000008u
#define PSCI_FEATURES 0x8400000au
#define SECONDS_PER_DAY 86400u

void firmware_report(void) {
  u32 version = (u32)hvc(PSCI_VERSION, 0);
  print("machine: PSCI %u.%u\n", version >> 16, version & 0xffff);
  print("psci: SYSTEM_OFF is %s, an unknown function is %s\n", hvc(PSCI_FEATURES, PSCI_SYSTEM_OFF) ? "missing" : "there",
        hvc(0x8400ffff, 0) == -1 ? "refused" : "taken");
}

/* Days since 1970 to a date of the Gregorian calendar; years begin in March, so that a leap day ends one. */
void rtc_report(void) {
  u32 seconds = mmio_read(RTC_BASE + RTCDR);
  u32 days = seconds / SECONDS_PER_DAY + 719468;
  u32 era = days / 146097, day_of_era = days % 146097;
  u32 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  u32 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  u32 march_month = (5 * day_of_year + 2) / 153;
  u32 day = day_of_year - (153 * march_month + 2) / 5 + 1;
  u32 month = march_month < 10 ? march_month + 3 : march_month - 9;
  u32 minutes = seconds % SECONDS_PER_DAY / 60;
  print("machine: RTC %u-%u%u-%u%u %u%u:%u%u UTC\n", era * 400 + year_of_era + (month <= 2), month / 10, month % 10,
        day / 10, day % 10, minutes / 600, minutes / 60 % 10, minutes % 60 / 10, minutes % 10);
}

void system_off(void) {
  print("DEMO-DONE\n");
  console_flush();
  irq_disable();
  hvc(PSCI_SYSTEM_OFF, 0);
  for (;;) wfi();
}
