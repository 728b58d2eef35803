/* CRC-16/XMODEM by carry-less multiplication, for the processor that the peer is compiled on:
 * 64 bytes a register where it has them, else 16. The arithmetic is that of the crate
 * `hotframe-crc`, where `powers.rs` derives it; here the constants stand as numbers. */
#ifndef PEER_CRC_H
#define PEER_CRC_H

#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* x^d and x^(d+64) modulo the generator, for d of 1 to 4 blocks. */
static const uint64_t FOLD[4][2] = {
    {0xaefc, 0x650b}, {0x8e29, 0x26aa}, {0xcde2, 0x2535}, {0x13fc, 0x8832}};
static const uint64_t NARROW = 0xb861, GENERATOR = 0x11021;
static const uint64_t UPPER = 0xa041b343e569d503, LOWER = 0x11303471a041b343;

/* SLIDE + 16 - n takes the first n of 16 bytes as a big-endian number. */
static const uint8_t SLIDE[32] = {15,   14,   13,   12,   11,   10,   9,    8,
                                  7,    6,    5,    4,    3,    2,    1,    0,
                                  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};

static inline __m128i crc_load(const void *from)
{
    return _mm_loadu_si128(from);
}

static inline uint64_t crc_load_be64(const uint8_t *from)
{
    uint64_t number;
    memcpy(&number, from, sizeof number);
    return __builtin_bswap64(number);
}

static inline uint32_t crc_load_be32(const uint8_t *from)
{
    uint32_t number;
    memcpy(&number, from, sizeof number);
    return __builtin_bswap32(number);
}

static inline __m128i crc_fold(__m128i sum, int blocks)
{
    __m128i by = crc_load(FOLD[blocks - 1]);
    return _mm_xor_si128(_mm_clmulepi64_si128(sum, by, 0x00), _mm_clmulepi64_si128(sum, by, 0x11));
}

static inline __m128i crc_number(const uint8_t *block)
{
    return _mm_shuffle_epi8(crc_load(block), crc_load(SLIDE));
}

static inline uint16_t crc_reduce(__m128i sum)
{
    __m128i by = _mm_set_epi64x((int64_t)GENERATOR, (int64_t)NARROW);
    __m128i digits = _mm_set_epi64x((int64_t)UPPER, (int64_t)LOWER);
    __m128i narrow = _mm_xor_si128(_mm_clmulepi64_si128(sum, by, 0x01), _mm_move_epi64(sum));
    __m128i lower = _mm_and_si128(narrow, _mm_set_epi64x(0, 0xFFFFFFFF));
    __m128i fraction = _mm_xor_si128(_mm_clmulepi64_si128(lower, digits, 0x00),
                                     _mm_clmulepi64_si128(_mm_srli_si128(narrow, 4), digits, 0x10));
    return (uint16_t)_mm_extract_epi16(_mm_clmulepi64_si128(fraction, by, 0x10), 4);
}

/* 16 to 32 bytes. */
static inline uint16_t crc_pair(const uint8_t *at, size_t len)
{
    __m128i odd = _mm_shuffle_epi8(crc_load(at), crc_load(SLIDE + 32 - len));
    return crc_reduce(_mm_xor_si128(crc_fold(odd, 1), crc_number(at + len - 16)));
}

/* Less than 16 bytes; overlapping loads see the same bytes at the same places. */
static inline uint16_t crc_short(const uint8_t *at, size_t len)
{
    uint64_t upper = 0, lower = 0;
    if (len > 8) {
        upper = crc_load_be64(at) >> 8 * (16 - len);
        lower = crc_load_be64(at + len - 8);
    } else if (len >= 4) {
        lower = (uint64_t)crc_load_be32(at) << 8 * (len - 4) | crc_load_be32(at + len - 4);
    } else {
        for (size_t i = 0; i < len; i++)
            lower = lower << 8 | at[i];
    }
    return crc_reduce(_mm_set_epi64x((int64_t)upper, (int64_t)lower));
}

#if defined(__AVX512BW__) && defined(__VPCLMULQDQ__)

static inline __m512i crc_fold_wide(__m512i sum, __m512i by, __m512i next)
{
    return _mm512_ternarylogic_epi64(_mm512_clmulepi64_epi128(sum, by, 0x00),
                                     _mm512_clmulepi64_epi128(sum, by, 0x11), next, 0x96);
}

/* More than 32 bytes; what the mask hides is neither read nor faulted on. */
static inline uint16_t crc_long(const uint8_t *at, size_t len)
{
    __m512i slide = _mm512_broadcast_i32x4(crc_load(SLIDE));
    __m512i by = _mm512_broadcast_i32x4(crc_load(FOLD[3]));
    size_t odd = (len - 1) % 64 + 1;
    const uint8_t *end = at + len;
    at += odd;
    __m512i sum = _mm512_maskz_loadu_epi8(~0ULL << (64 - odd), at - 64);
    sum = _mm512_shuffle_epi8(sum, slide);
    for (; at < end; at += 64)
        sum = crc_fold_wide(sum, by, _mm512_shuffle_epi8(_mm512_loadu_si512(at), slide));
    by = _mm512_set_epi64(0, 0, (int64_t)FOLD[0][1], (int64_t)FOLD[0][0], (int64_t)FOLD[1][1],
                          (int64_t)FOLD[1][0], (int64_t)FOLD[2][1], (int64_t)FOLD[2][0]);
    sum = crc_fold_wide(sum, by, _mm512_maskz_mov_epi64(0xC0, sum));
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    return crc_reduce(
        _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1)));
}

#else

/* More than 32 bytes. */
static inline uint16_t crc_long(const uint8_t *at, size_t len)
{
    size_t odd = (len - 1) % 16 + 1;
    __m128i sum = _mm_shuffle_epi8(crc_load(at), crc_load(SLIDE + 16 - odd));
    at += odd;
    size_t blocks = (len - odd) / 16;
    for (; blocks % 4; blocks--, at += 16)
        sum = _mm_xor_si128(crc_fold(sum, 1), crc_number(at));
    for (; blocks; blocks -= 4, at += 64) {
        __m128i upper = _mm_xor_si128(crc_fold(sum, 4), crc_fold(crc_number(at), 3));
        __m128i lower = _mm_xor_si128(crc_fold(crc_number(at + 16), 2),
                                      crc_fold(crc_number(at + 32), 1));
        sum = _mm_xor_si128(_mm_xor_si128(upper, lower), crc_number(at + 48));
    }
    return crc_reduce(sum);
}

#endif

static inline uint16_t crc16(const uint8_t *at, size_t len)
{
    if (len > 32)
        return crc_long(at, len);
    return len >= 16 ? crc_pair(at, len) : crc_short(at, len);
}

#endif
