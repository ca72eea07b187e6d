#include "demo.h"

static void put_decimal(u64 value) {
  char digits[20];
  int count = 0;
  do {
    digits[count++] = '0' + value % 10;
    value /= 10;
  } while (value);
  while (count) console_put(digits[--count]);
}

static void put_hex(u64 value, int digits) {
  while (digits--) console_put("0123456789abcdef"[(value >> (4 * digits)) & 15]);
}

void print(const char *format, ...) {
  __builtin_va_list arguments;
  __builtin_va_start(arguments, format);
  for (; *format; format++) {
    if (*format != '%') {
      console_put(*format);
      continue;
    }
    int is_long = *++format == 'l';
    if (is_long) format++;
    switch (*format) {
      case 's':
        for (const char *s = __builtin_va_arg(arguments, const char *); *s; s++) console_put(*s);
        break;
      case 'c':
        console_put((char)__builtin_va_arg(arguments, int));
        break;
      case 'u':
        put_decimal(is_long ? __builtin_va_arg(arguments, u64) : __builtin_va_arg(arguments, u32));
        break;
      case 'x':
        put_hex(is_long ? __builtin_va_arg(arguments, u64) : __builtin_va_arg(arguments, u32), is_long ? 16 : 8);
        break;
    }
  }
  __builtin_va_end(arguments);
}
