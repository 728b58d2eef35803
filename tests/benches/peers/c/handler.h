/* The whole plugin interface of the hand-written server: a plain function. */
#ifndef PEER_HANDLER_H
#define PEER_HANDLER_H

#include <stdint.h>

/* Handles `len` bytes of `data`; writes at most 255 bytes to `reply` and returns how many. */
typedef uint8_t handler(uint8_t address, uint16_t command, const uint8_t *data, uint8_t len,
                        uint8_t *reply);

#endif
