/* The smallest plugin with everything: compiled as C11 and as C++17, with every warning. */
#include "hotframe_plugin.h"

HF_PLUGIN_NOTE("mini", "1.2.3");

static int32_t echo(void *instance, const hf_request *request, hf_reply *reply) {
  (void)instance;
  return hf_is_event(request) ? HF_NO_REPLY : hf_reply_write(reply, request->data, request->len);
}

/* Answers at once, by way of a token. */
static int32_t later(void *instance, const hf_request *request, hf_reply *reply) {
  const hf_host *host = (const hf_host *)instance;
  const hf_token token = host->defer(host, request, 1000000);
  (void)reply;
  if (token == 0) {
    return HF_BUSY;
  }
  if (hf_complete(host, token, request->data, request->len) != HF_OK) {
    (void)hf_complete_error(host, token, HF_INTERNAL, "it does not fit");
  }
  return HF_DEFERRED;
}

static void cancel(void *instance, hf_token token) {
  (void)instance;
  (void)token;
}

static int32_t create(const hf_create *cx, void **instance) {
  *instance = (void *)(uintptr_t)cx->host;
  if (cx->config.len == 0) {
    return hf_fail(cx->host, HF_CONFIG, 0, "no configuration");
  }
  hf_log(cx->host, HF_LOG_INFO, "ready");
  return HF_OK;
}

static const hf_handler handlers[] = {
#ifdef __cplusplus
    HF_HANDLER("echo", hf_noexcept<echo>, 0x0100), HF_HANDLER("later", hf_noexcept<later>, 0),
#else
    HF_HANDLER("echo", echo, 0x0100), HF_HANDLER("later", later, 0),
#endif
    HF_HANDLER_LEN("short", echo, 0, 1, 4),
};

static const hf_plugin plugin = {
    sizeof(hf_plugin), HF_ABI_MAJOR, HF_ABI_MINOR,       HF_ABI_MINOR, 0,      0,
    HF_STR("mini"),    HF_STR("1.2.3"), handlers, sizeof handlers / sizeof handlers[0],
    sizeof(hf_handler), create,       NULL,               NULL,         cancel, NULL,
    NULL,
};

HF_EXPORT const hf_plugin *hotframe_plugin_v1(const hf_host *host) {
  return HF_HAS(host, run_blocking) ? &plugin : NULL;
}
