/* What the host offers to a plugin; part of hotframe_plugin.h, which includes it and says what
   [loop], [any] and [worker] mean. */
#ifndef HOTFRAME_PLUGIN_HOST_H
#define HOTFRAME_PLUGIN_HOST_H

/* [worker] Work that may block. [loop] What is to follow it; `instance` is what create stored.
   `arg` is whatever the plugin passed, and its own to free. */
typedef void (*hf_job_fn)(void *arg);
typedef void (*hf_done_fn)(void *instance, void *arg);

enum { HF_LOG_ERROR = 1, HF_LOG_WARN = 2, HF_LOG_INFO = 3, HF_LOG_DEBUG = 4, HF_LOG_TRACE = 5 };

/* Owner: the host, one for each generation. Read only. Valid from the entry until destroy has
   returned; where create was refused or never called, until that is known. */
typedef struct hf_host hf_host;
struct hf_host {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;
  void *context;          /* the host's own */

  /* [any] Writes one line to the server's log, under the plugin's name. Text is copied. Never
     waits: lines are dropped, and counted, when the log cannot keep up. */
  void (*log)(const hf_host *host, uint32_t level, hf_str text);

  /* [any] 1 if a line of this level would be written, else 0. */
  int32_t (*log_enabled)(const hf_host *host, uint32_t level);

  /* [loop, inside create or a handler] Says what the error is that this function is about to
     return. code: 1100-1999 (the client's fault) or 2100-2999 (ours) is sent in place of the code
     that belongs to the returned value; 0 keeps that. text is copied, sent to the client (cut to
     253 bytes) and logged. Forgotten if the function then returns no error. The last call counts.
     HF_OK; HF_INVALID for another code (nothing is kept then); HF_WRONG_THREAD. */
  int32_t (*set_error)(const hf_host *host, uint32_t code, hf_str text);

  /* [any] Monotonic time now, ns. Reads the clock: where one turn's precision is enough use
     hf_request.now_ns, which is free. */
  uint64_t (*now_ns)(const hf_host *host);

  /* [any] 1 on the loop thread, else 0. */
  int32_t (*is_loop_thread)(const hf_host *host);

  /* [any] A table of more functions by id, "hotframe.push/1" say, valid as long as the host;
     NULL if unknown. An id never changes its meaning. */
  const void *(*extension)(const hf_host *host, hf_str id);

  /* [loop, inside the handler call that `request` was lent for] Takes the right to answer the
     request later. The handler then returns HF_DEFERRED. If complete() has not come after
     timeout_ns, or after the route's timeout (the shorter counts; 0: only the route's), the host
     answers 2004 and calls cancel. 0 if there is none: `request` is not the one being answered,
     a token was taken for it already, or its connection has as many requests in flight as it may
     (then return HF_BUSY). An event may be deferred too: it keeps the generation, and is answered
     to nobody. Replies of one connection leave in the order of its requests. */
  hf_token (*defer)(const hf_host *host, const hf_request *request, uint64_t timeout_ns);

  /* [any] Answers what was deferred, also from inside the handler itself. status HF_OK: data is
     the reply's. A negative HF_ code, or 1100-1999 or 2100-2999: an error, data is its text (cut
     to 253 bytes; empty: the server's own). data is copied. HF_OK: the answer is the token's one
     and only, and cancel will not be called for it. HF_STALE: nobody waits for it: answered
     already, cancelled, or not a token of this generation; this is counted and does no other
     harm. HF_TOO_LARGE (a reply above 255 bytes), HF_INVALID (another status): nothing has
     happened, the token is as good as before. */
  int32_t (*complete)(const hf_host *host, hf_token token, int32_t status, hf_bytes data);

  /* [loop] Has on_timer called once after delay_ns, and if period_ns is not 0, again and again
     after that; a period below one millisecond is taken for one, and beats that were missed are
     not made up for. `user` is handed back: a number, or a pointer of the plugin's. 0: called on
     another thread, or 65,536 run already. All end with the instance. */
  hf_timer (*timer_start)(const hf_host *host, uint64_t delay_ns, uint64_t period_ns,
                          uint64_t user);

  /* [loop] on_timer is not called for it any more. HF_OK; HF_STALE if it does not run: over,
     stopped, or never started by this instance; HF_WRONG_THREAD. */
  int32_t (*timer_stop)(const hf_host *host, hf_timer timer);

  /* [any] Has on_wake called soon: once for all wakes until then. HF_OK; HF_SHUTDOWN when the
     instance is gone or not yet made. */
  int32_t (*wake)(const hf_host *host);

  /* [any] Has job(job_arg) called on a worker thread, and after it done(done_arg) on the loop
     (NULL: nothing follows). A generation has up to 4 workers, started when they are needed; up
     to 1,024 jobs wait. It is not destroyed before all its jobs are done, so a job must end; if
     create fails, jobs that it gave still run and are not followed by done. HF_OK; HF_BUSY (too
     many wait), HF_INVALID (job is NULL), HF_NO_MEMORY (no thread could be had), HF_SHUTDOWN (the
     instance is gone): neither will be called. */
  int32_t (*run_blocking)(const hf_host *host, hf_job_fn job, void *job_arg, hf_done_fn done,
                          void *done_arg);
};

#endif
