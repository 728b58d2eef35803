/* Tests of the tally plugin through its table. Says what failed and ends with 1, else with 0. */
#include "../tally.c"

static int failures = 0;

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      printf("line %d: %s\n", __LINE__, #condition);                                               \
      failures++;                                                                                  \
    }                                                                                              \
  } while (0)

/* ---- A host -------------------------------------------------------------------------------- */

static char logged[256];
static uint32_t error_code;

static void host_log(const hf_host *host, uint32_t level, hf_str line) {
  (void)host, (void)level;
  snprintf(logged, sizeof logged, "%.*s", (int)line.len, line.ptr);
}

static int32_t host_set_error(const hf_host *host, uint32_t code, hf_str line) {
  error_code = code;
  host_log(host, HF_LOG_ERROR, line);
  return HF_OK;
}

static const hf_host host = {
    .size = sizeof(hf_host),
    .abi_major = HF_ABI_MAJOR,
    .log = host_log,
    .set_error = host_set_error,
};

static const hf_plugin *table;
static void *instance;

static int32_t load(const char *config) {
  hf_create cx = {.size = sizeof cx, .host = &host, .config = hf_str_of(config), .generation = 1};
  return table->create(&cx, &instance);
}

/* What a handler returns; its number, where it replies with one, in *number. */
static int32_t call(size_t handler, const char *data, uint32_t len, int64_t *number) {
  uint8_t room[255];
  hf_request request = {.size = sizeof request, .data = (const uint8_t *)data, .len = len};
  hf_reply reply = {.size = sizeof reply, .cap = sizeof room, .buf = room};
  int32_t returned = table->handlers[handler].call(instance, &request, &reply);
  if (returned == HF_REPLY) {
    CHECK(reply.len == 8);
    *number = read_number(room, 8);
  }
  return returned;
}

enum { ADD, TOTAL, RESET };

static int64_t number_of(size_t handler, const char *data, uint32_t len) {
  int64_t number = 0;
  CHECK(call(handler, data, len, &number) == HF_REPLY);
  return number;
}

/* ---- Tests --------------------------------------------------------------------------------- */

static void it_counts(void) {
  CHECK(load("{}") == HF_OK);
  CHECK(strcmp(logged, "counting from 0") == 0);
  CHECK(number_of(TOTAL, NULL, 0) == 0);
  CHECK(number_of(ADD, NULL, 0) == 1);
  CHECK(number_of(ADD, "\x05", 1) == 6);
  CHECK(number_of(ADD, "\xff", 1) == 5);
  CHECK(number_of(ADD, "\x00\xff", 2) == 260);
  CHECK(number_of(ADD, "\xff\xff\xff\xff\xff\xff\xff\xfe", 8) == 258);
  CHECK(number_of(TOTAL, NULL, 0) == 258);
  CHECK(number_of(RESET, NULL, 0) == 258);
  CHECK(number_of(TOTAL, NULL, 0) == 0);
  table->destroy(instance);
}

static void it_does_not_overflow(void) {
  int64_t number = 0;
  CHECK(load("{\"start\":9223372036854775807}") == HF_OK);
  CHECK(call(ADD, NULL, 0, &number) == HF_INVALID);
  CHECK(error_code == WOULD_OVERFLOW);
  CHECK(number_of(TOTAL, NULL, 0) == INT64_MAX);
  CHECK(number_of(ADD, "\x80\0\0\0\0\0\0\0", 8) == -1);
  CHECK(call(ADD, "\x80\0\0\0\0\0\0\0", 8, &number) == HF_INVALID);
  CHECK(number_of(TOTAL, NULL, 0) == -1);
  table->destroy(instance);
}

static void it_reads_its_configuration(void) {
  static const struct { const char *json; int64_t start; } good[] = {
      {"{}", 0},
      {" { } ", 0},
      {"{\"start\":7}", 7},
      {"{ \"start\" : -40 }\n", -40},
      {"{\"start\":-9223372036854775808}", INT64_MIN},
  };
  static const char *const bad[] = {
      "",       "{",        "[]",           "{\"start\"}",    "{\"start\":}",
      "{\"start\":1", "{\"stop\":1}", "{\"start\":1.5}", "{\"start\":-}", "{} {}",
      "{\"start\":9223372036854775808}", "{\"start\":-9223372036854775809}",
      "{\"start\":99999999999999999999}", "{\"start\":\"1\"}",
  };
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
    CHECK(load(good[i].json) == HF_OK);
    CHECK(number_of(TOTAL, NULL, 0) == good[i].start);
    CHECK(number_of(RESET, NULL, 0) == good[i].start);
    table->destroy(instance);
  }
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    CHECK(load(bad[i]) == HF_CONFIG);
    CHECK(error_code == 0);
  }
}

static void its_table_is_whole(void) {
  CHECK(HF_HAS(table, extension));
  CHECK(table->handler_count == 3 && table->handler_stride == sizeof(hf_handler));
  CHECK(table->handlers[ADD].max_len == 8);
  CHECK(table->handlers[TOTAL].max_len == 0 && table->handlers[RESET].max_len == 0);
  CHECK(strcmp(hf_plugin_note.name, NAME) == 0 && strcmp(hf_plugin_note.version, VERSION) == 0);
}

int main(void) {
  table = hotframe_plugin_v1(&host);
  its_table_is_whole();
  it_counts();
  it_does_not_overflow();
  it_reads_its_configuration();
  return failures != 0;
}
