/* A whole plugin: answers a name with a greeting.

   cc -shared -fPIC -I plugin-api/include -o plugins/greet.so docs/examples/greet.c */
#include <hotframe_plugin.h>

#ifndef GREETING
#define GREETING "Hello"
#endif

HF_PLUGIN_NOTE("greet", "1.0.0");

static int32_t greet(void *instance, const hf_request *request, hf_reply *reply) {
  static const char before[] = GREETING ", ";
  (void)instance; /* This plugin remembers nothing. */
  int32_t written = hf_reply_write(reply, before, sizeof before - 1);
  if (written == HF_REPLY) {
    written = hf_reply_write(reply, request->data, request->len);
  }
  return written == HF_REPLY ? hf_reply_write(reply, "!", 1) : written;
}

static int32_t create(const hf_create *create, void **instance) {
  (void)create;
  *instance = NULL;
  return HF_OK;
}

static void destroy(void *instance) { (void)instance; }

/* A name of at most 64 bytes; longer ones never get here. */
static const hf_handler handlers[] = {HF_HANDLER_LEN("greet", greet, 0x0200, 1, 64)};

static const hf_plugin plugin = {
    .size = sizeof(hf_plugin),
    .abi_major = HF_ABI_MAJOR,
    .abi_minor = HF_ABI_MINOR,
    .name = HF_STR("greet"),
    .version = HF_STR("1.0.0"),
    .handlers = handlers,
    .handler_count = sizeof handlers / sizeof handlers[0],
    .handler_stride = sizeof(hf_handler),
    .create = create,
    .destroy = destroy,
};

const hf_plugin *hotframe_plugin_v1(const hf_host *host) {
  (void)host;
  return &plugin;
}
