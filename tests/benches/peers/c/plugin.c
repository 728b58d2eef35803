/* The plugin of the hand-written server: replies with the request's own data. */
#include <string.h>

#include "handler.h"

handler echo;

uint8_t echo(uint8_t address, uint16_t command, const uint8_t *data, uint8_t len, uint8_t *reply)
{
    (void)address, (void)command;
    memcpy(reply, data, len);
    return len;
}
