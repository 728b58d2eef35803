/* Extension of a plugin, HF_AUTH: it judges the credentials that clients show with HELLO, where the
   configuration names it (auth.plugin). Part of hotframe_plugin.h, which includes it. */
#ifndef HOTFRAME_PLUGIN_AUTH_H
#define HOTFRAME_PLUGIN_AUTH_H

#define HF_AUTH "hotframe.auth/1" /* what the plugin's extension() is asked for */

/* Owner: the host. Borrowed for the call, read only. */
typedef struct hf_credential {
  uint32_t size;
  uint32_t reserved;
  hf_conn conn;           /* the connection that shows it; nothing more is taken from it until the
                             verdict is there */
  hf_str client;          /* who it wants to be: 1 to 64 bytes */
  hf_bytes credential;    /* what it shows for that, any bytes; empty if nothing */
  hf_str peer;            /* where it comes from: "192.0.2.7:50123" */
  uint64_t deadline_ns;   /* a verdict after this moment is useless (auth.timeout) */
} hf_credential;

/* Static. */
typedef struct hf_auth {
  uint32_t size;
  uint32_t reserved;

  /* [loop] Whether `shown` is good. HF_OK: the client is in. HF_DENIED: it is refused (1002), and
     its source has one bad attempt less. HF_DEFERRED: complete(token, status, nothing) tells later,
     from any thread, with one of those two; data is not looked at. Anything else, here or there:
     nobody could judge it, which is no fault of the client's (2001). The server stands still during
     the call: ask databases and compute slow hashes on another thread. `token` is good only if
     HF_DEFERRED is returned; cancel() tells when nobody waits any more. A generation that was
     replaced judges what it has begun. Compare secrets in constant time, and log none. */
  int32_t (*judge)(void *instance, const hf_credential *shown, hf_token token);
} hf_auth;

#endif
