#pragma once

typedef unsigned char u8;
typedef unsigned u32;
typedef unsigned long long u64;
typedef unsigned long uptr;

#define PRINT_FORMAT
void print(const char *format, ...) PRINT_FORMAT;
void console_put(char c);
void system_off(void) __attribute__((noreturn));
