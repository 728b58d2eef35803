/* The extension "hotframe.trace/1" of the host: how a request is named in logs and tools. Part of
   hotframe_plugin.h, which includes it. */
#ifndef HOTFRAME_PLUGIN_TRACE_H
#define HOTFRAME_PLUGIN_TRACE_H

#define HF_TRACE "hotframe.trace/1"

/* The trace id of W3C Trace Context. As text: 32 lower-case hexadecimal digits, the first byte
   first. Never all zeros. */
typedef struct hf_trace_id { uint8_t bytes[16]; } hf_trace_id;

/* host->extension(host, hf_str_of(HF_TRACE)). Owner: the host. Valid as long as the host.

   Lines that host->log writes on the loop inside a handler's call carry the id of the request that
   is being answered anyhow. */
typedef struct hf_trace {
  uint32_t size;
  uint32_t reserved;

  /* [loop, inside a handler] The id of the request that is being answered. HF_OK; HF_STALE if none
     is; HF_WRONG_THREAD. */
  int32_t (*of_request)(const hf_host *host, hf_trace_id *id);

  /* [any] The id of the request behind `token`. HF_OK; HF_STALE: nobody waits for its answer. */
  int32_t (*of_token)(const hf_host *host, hf_token token, hf_trace_id *id);

  /* [any] As host->log, for the request behind `token`: the line carries its id, while somebody
     waits for its answer. */
  void (*log)(const hf_host *host, hf_token token, uint32_t level, hf_str text);
} hf_trace;

#endif
