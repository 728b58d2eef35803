/* The hand-written server's path of a frame without its sockets, for counting instructions:
 * answers 64 requests of SIZE bytes, TURNS times.
 *
 *     path ./plugin.so SIZE TURNS
 */
#define main handwritten_main
#include "handwritten.c"
#undef main

enum { FRAMES = 64 };

static uint8_t requests[FRAMES * MAX_FRAME];

static size_t build(size_t size)
{
    uint8_t *to = requests;
    for (int i = 0; i < FRAMES; i++) {
        uint8_t *frame = to;
        *to++ = 0xAA, *to++ = 0xAA, *to++ = 1, *to++ = (uint8_t)size, *to++ = 1, *to++ = 0;
        memset(to, 7, size);
        to += size;
        uint16_t crc = crc16(frame + 2, (size_t)(to - frame - 2));
        *to++ = (uint8_t)(crc >> 8), *to++ = (uint8_t)crc;
    }
    return (size_t)(to - requests);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        errx(2, "usage: path PLUGIN SIZE TURNS");
    routes[0x0100] = load(argv[1]);
    size_t len = build((size_t)atoi(argv[2]));
    for (long turns = atol(argv[3]); turns > 0; turns--) {
        const uint8_t *at = requests;
        uint8_t *end = answer_all(&at, requests + len);
        if ((size_t)(end - out) != len)
            errx(1, "not every request was echoed");
    }
}
