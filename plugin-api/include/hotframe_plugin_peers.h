/* Extension of a plugin, HF_PEERS: it is told who connects, which client is there, and what its
   pushed requests were answered. Part of hotframe_plugin.h, which includes it. */
#ifndef HOTFRAME_PLUGIN_PEERS_H
#define HOTFRAME_PLUGIN_PEERS_H

#define HF_PEERS "hotframe.peers/1" /* what the plugin's extension() is asked for */

/* A client that said HELLO: the number that it was answered. Outlives its connection for a while.
   Never given twice. 0 = none. */
typedef uint64_t hf_session;

/* A request that was pushed. Never given twice. 0 = none. */
typedef uint64_t hf_ask;

/* What is known of a connection. Texts are UTF-8, not terminated, cut to what fits. */
typedef struct hf_conn_info {
  uint32_t size;
  uint8_t peer_len;
  uint8_t listener_len;
  uint8_t client_len;     /* 0: it has not said HELLO */
  uint8_t reserved;
  hf_conn conn;
  hf_session session;     /* 0: it has not said HELLO */
  char peer[64];          /* "192.0.2.7:50123", "unix" */
  char listener[128];     /* "tcp://127.0.0.1:7400" */
  char client[64];        /* what the client calls itself */
} hf_conn_info;

enum {                    /* on_connection, what; more may come                                */
  HF_CONN_PRESENT = 1,    /* it was there before this instance                                 */
  HF_CONN_OPENED = 2,
  HF_CONN_CLOSED = 3      /* its hf_conn is gone; what it had left has been told before         */
};

enum {                    /* on_session, what; more may come                                   */
  HF_SESSION_PRESENT = 1, /* it was online before this instance                                */
  HF_SESSION_UP = 2,      /* a client said HELLO and has a new session                         */
  HF_SESSION_RESUMED = 3, /* a client that was offline is back                                 */
  HF_SESSION_TAKEN_OVER = 4, /* a client is on another connection than before, which closes    */
  HF_SESSION_DOWN = 5     /* its connection takes nothing more; the session is kept for a while */
};

/* Static. A function that is NULL is not provided. The functions are called between two turns of
   the loop, never inside another function of the plugin, in the order in which things happened. A
   new instance is first told all that is PRESENT. A generation that was replaced is told, too,
   until it is destroyed. */
typedef struct hf_peers {
  uint32_t size;
  uint32_t reserved;

  /* [loop] Something happened to a connection. `info` is borrowed for the call. */
  void (*on_connection)(void *instance, uint32_t what, const hf_conn_info *info);

  /* [loop] Something happened to a client's session: `conn` is the connection that has it now, or
     had it (DOWN). `client` is borrowed for the call. */
  void (*on_session)(void *instance, uint32_t what, hf_session session, hf_conn conn,
                     hf_str client);

  /* [loop] What became of a request that this instance has pushed; once for each. status HF_OK:
     the peer replied with `data`. Above 0: the peer answered with an error of this code, data is
     its text; HF_INTERNAL: with one that has no code. HF_TIMEOUT: no answer in time. HF_STALE:
     there is no such connection or client, or it was gone before the answer. HF_BUSY: not sent,
     too much waits for that connection. `data` is borrowed for the call. */
  void (*on_answer)(void *instance, hf_ask ask, int32_t status, hf_bytes data);

  /* [loop] An event that this instance has pushed was dropped at this connection, because its peer
     reads too slowly: status HF_BUSY, limits.outbound_high_water is reached; more may come. Told
     for each connection of many, too. What to do: push less to it, or close it. `number` is the
     command. */
  void (*on_push_refused)(void *instance, hf_conn conn, uint16_t number, int32_t status);
} hf_peers;

#endif
