/* A plugin of today asks a host of another age: what the host's table does not reach is not there,
   and whoever needs it refuses. Prints one line for each answer. */
#include "hotframe_plugin.h"

#include <stdio.h>

HF_PLUGIN_NOTE("needy", "1");

static int32_t echo(void *instance, const hf_request *request, hf_reply *reply) {
  (void)instance;
  return hf_reply_write(reply, request->data, request->len);
}

static const hf_handler handlers[] = {HF_HANDLER("echo", echo, 0)};
static const hf_plugin plugin = {
    sizeof(hf_plugin), HF_ABI_MAJOR, HF_ABI_MINOR, HF_ABI_MINOR, 0, 0, HF_STR("needy"), HF_STR("1"),
    handlers,          1,            sizeof handlers[0],
    NULL, NULL, NULL, NULL, NULL, NULL};

const hf_plugin *hotframe_plugin_v1(const hf_host *host) {
  return HF_HAS(host, run_blocking) ? &plugin : NULL;
}

static const void *no_extension(const hf_host *host, hf_str id) {
  (void)host, (void)id;
  return NULL;
}

int main(void) {
  hf_host host;
  memset(&host, 0, sizeof host);
  host.abi_major = HF_ABI_MAJOR;
  host.extension = no_extension;
  const size_t sizes[] = {offsetof(hf_host, defer), offsetof(hf_host, run_blocking),
                          sizeof(hf_host), sizeof(hf_host) + 64};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    host.size = (uint32_t)sizes[i];
    printf("defer %d, run_blocking %d, %s\n", HF_HAS(&host, defer), HF_HAS(&host, run_blocking),
           hotframe_plugin_v1(&host) == NULL ? "refuses" : "serves");
  }
  return 0;
}
