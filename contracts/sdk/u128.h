/* Unsigned numbers of 128 bits. The compiler's own need a library that contracts do not have. */

#ifndef U128_H
#define U128_H

#include "koinos.h"

typedef struct {
  u64 high, low;
} u128;

static inline u128 wide(u64 value) { return (u128){0, value}; }

static inline int less(u128 a, u128 b) {
  return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static inline u128 add(u128 a, u128 b) {
  u64 low = a.low + b.low;
  return (u128){a.high + b.high + (low < a.low), low};
}

static inline u128 subtract(u128 a, u128 b) {
  return (u128){a.high - b.high - (a.low < b.low), a.low - b.low};
}

static u128 multiply_words(u64 a, u64 b) {
  u64 a_low = (u32)a, a_high = a >> 32, b_low = (u32)b, b_high = b >> 32;
  u64 low = a_low * b_low, middle = a_high * b_low + (low >> 32), other = a_low * b_high;
  u64 carry = (u32)middle + other;
  return (u128){a_high * b_high + (middle >> 32) + (carry >> 32), carry << 32 | (u32)low};
}

/* Modulo 2^128. */
static inline u128 multiply(u128 a, u64 b) {
  u128 product = multiply_words(a.low, b);
  product.high += a.high * b;
  return product;
}

/* Rounds down. The divisor is not zero. */
static u128 divide(u128 dividend, u128 divisor) {
  if (!(dividend.high | divisor.high)) return wide(dividend.low / divisor.low);
  u128 rest = {0, 0}, quotient = dividend;
  for (u32 bit = 0; bit < 128; bit++) {
    u64 carry = rest.high >> 63;
    rest = (u128){rest.high << 1 | rest.low >> 63, rest.low << 1 | quotient.high >> 63};
    quotient = (u128){quotient.high << 1 | quotient.low >> 63, quotient.low << 1};
    if (carry || !less(rest, divisor)) {
      rest = subtract(rest, divisor);
      quotient.low |= 1;
    }
  }
  return quotient;
}

/* From 16 bytes, big endian. */
static inline u128 read_u128(const u8 *data) {
  u128 value = {0, 0};
  for (u32 i = 0; i < 8; i++) value.high = value.high << 8 | data[i];
  for (u32 i = 8; i < 16; i++) value.low = value.low << 8 | data[i];
  return value;
}

static inline void write_u128(u8 *data, u128 value) {
  for (u32 i = 0; i < 8; i++) {
    data[i] = (u8)(value.high >> (56 - 8 * i));
    data[8 + i] = (u8)(value.low >> (56 - 8 * i));
  }
}

#endif
