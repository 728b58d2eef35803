/* Extension of the host, HF_PUSH: frames that nobody asked for. Part of hotframe_plugin.h, which
   includes it. Where the server has it: (const hf_push_host *)host->extension(host, id). */
#ifndef HOTFRAME_PLUGIN_PUSH_H
#define HOTFRAME_PLUGIN_PUSH_H

#define HF_PUSH "hotframe.push/1" /* what the host's extension() is asked for */

enum {                    /* hf_push.to                                                        */
  HF_TO_CONN = 1,         /* the connection `id`                                               */
  HF_TO_SESSION = 2,      /* the client that has the session `id`, where it is now              */
  HF_TO_CLIENT = 3,       /* the client that calls itself `client`, where it is now             */
  HF_TO_CLIENTS = 4,      /* every client that is online and whose name begins with `client`    */
  HF_TO_ALL = 5           /* every connection, HELLO or not                                    */
};

enum {                    /* hf_push.flags                                                     */
  HF_PUSH_AHEAD = 1       /* need not wait behind replies that are held back, because an earlier
                             request of that connection is not answered yet                     */
};

/* A frame to push. Owner: the plugin. Borrowed for the call, copied. */
typedef struct hf_push {
  uint32_t size;
  uint32_t to;            /* HF_TO_... */
  uint64_t id;            /* an hf_conn or an hf_session, else 0 */
  hf_str client;          /* at most 64 bytes; a client, or how its name begins */
  hf_bytes data;          /* at most 255 bytes */
  uint16_t number;        /* the command without its kind, 0x0100 to 0x3FFF */
  uint8_t address;        /* device address */
  uint8_t flags;          /* HF_PUSH_...; unknown bits are refused */
  uint32_t reserved;
} hf_push;

/* Owner: the host. A pushed frame leaves behind the replies that were made before it, and never
   inside another frame. What one thread pushes and completes leaves in that order. */
typedef struct hf_push_host {
  uint32_t size;
  uint32_t reserved;

  /* [any] Pushes an event: one-way. HF_OK: it will be sent to whoever is there by then and takes
     it. Where a peer does not read and limits.outbound_high_water is reached, it is dropped, and
     on_push_refused of HF_PEERS is called; both that and what a peer that is gone was to get is
     counted. HF_STALE: there is no such connection. HF_BUSY: the loop is behind with 16,384 pushes.
     HF_TOO_LARGE, HF_INVALID, HF_SHUTDOWN (the instance is gone): nothing has happened. What goes
     to many goes to a few hundred a turn of the loop, and what was pushed later waits for it. */
  int32_t (*event)(const hf_host *host, const hf_push *push);

  /* [any] Pushes a request, which the peer is to answer within timeout_ns (0: ten seconds), to one
     connection, session or client; HF_UNSUPPORTED for more of them. HF_OK: *ask is its number, and
     on_answer of HF_PEERS is called for it once; so give a plugin that asks that extension. Other
     values as for event(). A generation that drains can ask nothing, and is not destroyed before
     its answers have come or its drain time is over. */
  int32_t (*request)(const hf_host *host, const hf_push *push, uint64_t timeout_ns, hf_ask *ask);

  /* [any] What is known of a connection, into *info, whose size the caller has set. HF_OK;
     HF_STALE if it is gone. */
  int32_t (*conn_info)(const hf_host *host, hf_conn conn, hf_conn_info *info);

  /* [any] Closes a connection soon: it is sent what it is owed, and takes nothing more. HF_OK;
     HF_STALE, HF_BUSY, HF_SHUTDOWN as for event(). */
  int32_t (*conn_close)(const hf_host *host, hf_conn conn);
} hf_push_host;

#endif
