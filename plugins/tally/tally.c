/* The tally plugin: a counter that lives in the server.

   Handlers (suggested command), their data, and what they reply:
   - tally.add (0x0120): what to add, a signed number of 1 to 8 bytes, big-endian; no data adds 1.
     Replies the new total.
   - tally.total (0x0121): no data. Replies the total.
   - tally.reset (0x0122): no data. Replies the total before.

   A total is a signed number of 8 bytes, big-endian. A sum that does not fit into it is refused
   with 1100, and the total stays. An event counts like a request.

   [plugins.config.tally]
   start = 0                 # the first total, and the one after a reset

   A reload begins anew at `start`. Build it alone with:
   cc -std=c11 -O2 -fPIC -shared -fvisibility=hidden -I plugin-api/include tally.c -o libtally.so */
#include "hotframe_plugin.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME "tally"
#define VERSION "0.1.0"
#define WOULD_OVERFLOW 1100

HF_PLUGIN_NOTE(NAME, VERSION);

typedef struct {
  const hf_host *host;
  int64_t start;
  int64_t total;
} tally;

/* ---- Numbers ------------------------------------------------------------------------------- */

/* a + b in *sum; false, and *sum untouched, if that does not fit. */
static bool add_within(int64_t a, int64_t b, int64_t *sum) {
  if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b) {
    return false;
  }
  *sum = a + b;
  return true;
}

/* The signed number in 1 to 8 bytes, first byte first. */
static int64_t read_number(const uint8_t *bytes, uint32_t len) {
  uint64_t bits = bytes[0] & 0x80 ? UINT64_MAX : 0; /* the sign fills what is missing in front */
  for (uint32_t i = 0; i < len; i++) {
    bits = bits << 8 | bytes[i];
  }
  return (int64_t)bits;
}

static int32_t write_number(hf_reply *reply, int64_t number) {
  uint8_t bytes[8];
  for (int i = 0; i < 8; i++) {
    bytes[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
  }
  return hf_reply_write(reply, bytes, sizeof bytes);
}

/* ---- Handlers ------------------------------------------------------------------------------ */

static int32_t add(void *instance, const hf_request *request, hf_reply *reply) {
  tally *self = instance;
  int64_t amount = request->len == 0 ? 1 : read_number(request->data, request->len);
  if (!add_within(self->total, amount, &self->total)) {
    return hf_fail(self->host, HF_INVALID, WOULD_OVERFLOW, "the total would overflow");
  }
  return write_number(reply, self->total);
}

static int32_t total(void *instance, const hf_request *request, hf_reply *reply) {
  tally *self = instance;
  (void)request;
  return write_number(reply, self->total);
}

static int32_t reset(void *instance, const hf_request *request, hf_reply *reply) {
  tally *self = instance;
  int64_t before = self->total;
  (void)request;
  self->total = self->start;
  return write_number(reply, before);
}

static const hf_handler handlers[] = {
    HF_HANDLER_LEN("add", add, 0x0120, 0, 8),
    HF_HANDLER_LEN("total", total, 0x0121, 0, 0),
    HF_HANDLER_LEN("reset", reset, 0x0122, 0, 0),
};

/* ---- Configuration: {} or {"start": NUMBER}, all there is, so no JSON library ---------------- */

typedef struct { const char *at, *end; } text;

static void skip_blanks(text *json) {
  while (json->at < json->end && strchr(" \t\r\n", *json->at) != NULL && *json->at != '\0') {
    json->at++;
  }
}

/* Takes `token` if it comes next, blanks apart. */
static bool take(text *json, const char *token) {
  size_t len = strlen(token);
  skip_blanks(json);
  if ((size_t)(json->end - json->at) < len || memcmp(json->at, token, len) != 0) {
    return false;
  }
  json->at += len;
  return true;
}

/* Takes an integer that fits; false otherwise. */
static bool take_number(text *json, int64_t *number) {
  bool negative = take(json, "-");
  const char *first = json->at;
  int64_t value = 0;
  for (; json->at < json->end && *json->at >= '0' && *json->at <= '9'; json->at++) {
    int64_t digit = *json->at - '0';
    if (value < INT64_MIN / 10 || !add_within(value * 10, -digit, &value)) {
      return false;
    }
  }
  /* Counted downwards, where there is one number more. */
  if (json->at == first || (!negative && value == INT64_MIN)) {
    return false;
  }
  *number = negative ? value : -value;
  return true;
}

static bool read_config(hf_str config, int64_t *start) {
  text json = {config.ptr, config.ptr + config.len};
  if (!take(&json, "{")) {
    return false;
  }
  if (!take(&json, "}")) {
    bool good = take(&json, "\"start\"") && take(&json, ":") && take_number(&json, start);
    if (!good || !take(&json, "}")) {
      return false;
    }
  }
  skip_blanks(&json);
  return json.at == json.end;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static int32_t create(const hf_create *cx, void **instance) {
  int64_t start = 0;
  if (!read_config(cx->config, &start)) {
    return hf_fail(cx->host, HF_CONFIG, 0, "the configuration takes one key: start, an integer");
  }
  tally *self = malloc(sizeof *self);
  if (self == NULL) {
    return HF_NO_MEMORY;
  }
  *self = (tally){cx->host, start, start};
  *instance = self;

  char line[64];
  snprintf(line, sizeof line, "counting from %" PRId64, start);
  hf_log(cx->host, HF_LOG_INFO, line);
  return HF_OK;
}

static void destroy(void *instance) {
  free(instance);
}

static const hf_plugin plugin = {
    .size = sizeof(hf_plugin),
    .abi_major = HF_ABI_MAJOR,
    .abi_minor = HF_ABI_MINOR,
    .abi_minor_required = HF_ABI_MINOR,
    .name = HF_STR(NAME),
    .version = HF_STR(VERSION),
    .handlers = handlers,
    .handler_count = sizeof handlers / sizeof handlers[0],
    .handler_stride = sizeof handlers[0],
    .create = create,
    .destroy = destroy,
};

const hf_plugin *hotframe_plugin_v1(const hf_host *host) {
  (void)host;
  return &plugin;
}
