/* hotframe plugin ABI 1.0: everything the author of a plugin reads first.

   A plugin is a shared library that carries an ELF note (HF_PLUGIN_NOTE), read before any of its
   code runs, and exports one function, hotframe_plugin_v1, that returns its table: name, version,
   handlers, create, destroy. A handler is known to the server as `plugin.handler`; which command
   calls it is decided by the server's routes.

   Threads. [loop]: called by, or to be called on, the server's loop thread. All plugin functions
   but the entry run there: never two at once, never one inside another, so an instance needs no
   lock. [any]: may be called from any thread, until destroy returns. [worker]: called on a thread
   that is the host's and serves this generation alone.

   Lifetimes. "Borrowed for the call": dead when the function returns; copy what is to stay.
   "Static": lives and stays unchanged as long as the library is loaded. Nothing is ever freed by
   the side that did not allocate it.

   States of one loaded library (a generation): entry -> create -> handler calls -> destroy ->
   unloaded. A reload makes a new generation next to the old one: the old one answers what it has
   begun (its tokens: for as long as plugins.drain_timeout says), waits for its jobs, then is
   destroyed; meanwhile its timers and wakes go on. create may run more than once in a process
   (reload, probe), so keep all state in the instance and none in globals.

   Not allowed: unwinding out of a function (C++: see hf_noexcept), threads that outlive destroy,
   and signal handlers, setenv, fork, exit, on_exit, dlopen of other plugins.

   Growth, for ever: tables only grow at their end, and begin with their size. A field is there if
   it lies inside `size` (HF_HAS). Reserved fields are zero. In a set of flags the low half are
   hints, which may be ignored when unknown; one unknown bit of the high half means refusal.
   Optional sets of functions are extensions: a table of its own in a header of its own, found by
   extension() of the side that has it. */
#ifndef HOTFRAME_PLUGIN_H
#define HOTFRAME_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_ABI_MAJOR 1
#define HF_ABI_MINOR 0
#define HF_MAX_DATA 255 /* the most data bytes that a frame carries */

/* True if the table that p points at has this field: it may come from an older build. */
#define HF_HAS(p, field)                                                                           \
  ((size_t)((const char *)&(p)->field - (const char *)(p)) + sizeof((p)->field) <= (p)->size)

/* ---- Values -------------------------------------------------------------------------------- */

/* len may be 0, and ptr is then allowed to be NULL. */
typedef struct hf_bytes { const uint8_t *ptr; size_t len; } hf_bytes;

/* UTF-8 text, not terminated. */
typedef struct hf_str { const char *ptr; size_t len; } hf_str;

/* Which connection: equal for the frames of one connection, never given twice. 0 = none. */
typedef uint64_t hf_conn;

/* The right to answer one deferred request, once. A number and nothing else: no memory hangs on
   it, and one that is used up, void or made up is refused. Never given twice. 0 = none. */
typedef uint64_t hf_token;

/* A running timer of one instance. Never given twice. 0 = none. */
typedef uint64_t hf_timer;

/* What a function returns. What the client gets for each is said behind it. */
enum {
  HF_OK = 0,              /* create, host functions: done; complete: send the data             */
  HF_REPLY = 0,           /* handler: send buf[..len]; also good for an event (not sent then)  */
  HF_NO_REPLY = 1,        /* handler: right for an event; for a request answered 2001          */
  HF_DEFERRED = 2,        /* handler: complete() answers later; without defer() answered 2001  */
  HF_NEXT = 3,            /* handler: not mine, go on as if this route did not exist           */
  HF_CLOSE = 4,           /* handler: send buf[..len], then close the connection after a flush */
  HF_INVALID = -1,        /* 1001 the parameters are wrong                                     */
  HF_UNSUPPORTED = -2,    /* 2001                                                              */
  HF_BUSY = -3,           /* 2003 try again later                                              */
  HF_TOO_LARGE = -4,      /* 2001                                                              */
  HF_TIMEOUT = -5,        /* 2004                                                              */
  HF_INTERNAL = -6,       /* 2001; also what every unknown value means                         */
  HF_PANICKED = -7,       /* 2001 a panic or exception was caught inside the plugin            */
  HF_STATE_VERSION = -8,  /* 2001                                                              */
  HF_CONFIG = -9,         /* 2001; create: the configuration is wrong                          */
  HF_NO_MEMORY = -10,     /* 2001                                                              */
  HF_STALE = -11,         /* 2001                                                              */
  HF_WRONG_THREAD = -12,  /* 2001                                                              */
  HF_SHUTDOWN = -13,      /* 2001                                                              */
  HF_DENIED = -14         /* 1003 the client may not do this                                   */
};

/* ---- A request and its reply --------------------------------------------------------------- */

enum {                    /* hf_request.flags; unknown bits are to be ignored                  */
  HF_REQ_ISOLATED = 1,    /* reserved: the plugin runs in a process of its own                 */
  HF_REQ_REPLAYED = 2,    /* reserved: an earlier process of it ended before it began this one */
  HF_REQ_TRACE = 4,       /* reserved: this request is being traced                            */
  HF_REQ_EVENT = 8        /* one-way: nothing is sent back, whatever the handler returns       */
};

/* Owner: the host. Borrowed for the call, read only. */
typedef struct hf_request {
  uint32_t size;
  uint32_t flags;         /* HF_REQ_... */
  hf_conn conn;           /* the connection it came on */
  uint64_t request_id;    /* unique while the server runs */
  uint64_t now_ns;        /* monotonic, taken once per turn of the loop; same clock as now_ns() */
  const uint8_t *data;    /* points into the receive buffer; may be NULL if len is 0 */
  uint32_t len;           /* 0 to 255 */
  uint16_t command;       /* the whole word, as it came */
  uint8_t address;        /* device address, as it came */
  uint8_t reserved;
  uint64_t deadline_ns;   /* an answer after this moment is useless; 0 = none */
} hf_request;

/* Owner: the host. Borrowed for the call; the handler fills it. Ignored after an error. */
typedef struct hf_reply {
  uint32_t size;
  uint32_t cap;           /* bytes that fit in buf, never below 255 */
  uint8_t *buf;           /* points into the connection's send buffer, never into the request's
                             data; its content is undefined */
  uint32_t len;           /* 0 at first; set it to the bytes written. Above cap: answered 2001 */
  uint16_t command;       /* preset for the reply of this request; may be changed */
  uint8_t address;        /* the request's; may be changed */
  uint8_t reserved;
} hf_reply;

/* [loop] Answers one request: HF_REPLY ... HF_CLOSE, or a negative code. The server stands still
   meanwhile, so return within microseconds, and answer later what takes longer: take a token with
   defer() and return HF_DEFERRED. A token that was taken is void if anything else is returned.
   `instance` is what create stored. */
typedef int32_t (*hf_handler_fn)(void *instance, const hf_request *request, hf_reply *reply);

/* Static. HF_HANDLER fills one that takes any length. */
typedef struct hf_handler {
  hf_str name;            /* without the plugin's; a-z 0-9 _ -; unique in the plugin */
  hf_handler_fn call;     /* not NULL */
  uint32_t flags;         /* none in 1.0: zero */
  uint16_t default_command; /* suggestion that tools show, 0x0100 to 0x3FFF; 0 = none */
  uint16_t rsv;
  uint32_t min_len;       /* data outside min_len..max_len never reaches the handler: 1001 */
  uint32_t max_len;       /* 0 means that only empty data is taken; above 255 means 255 */
  uint32_t soft_deadline_us; /* calls that take longer are reported; 0 = the server's own limit */
  uint32_t reserved;
} hf_handler;

#include "hotframe_plugin_host.h" /* hf_host: what the host offers */
#include "hotframe_plugin_lifecycle.h" /* configuration, health, begin and end */
#include "hotframe_plugin_state.h"     /* state that outlives a reload */
#include "hotframe_plugin_peers.h"     /* who connects, and what he answers */
#include "hotframe_plugin_push.h"      /* frames that nobody asked for */
#include "hotframe_plugin_metrics.h"   /* figures of a plugin */
#include "hotframe_plugin_trace.h"     /* how a request is named */
#include "hotframe_plugin_memory.h"    /* what it has on the heap */
#include "hotframe_plugin_auth.h"      /* who a client is */

/* ---- What the plugin offers ---------------------------------------------------------------- */

enum { HF_CREATE_FIRST = 0, HF_CREATE_RELOAD = 1, HF_CREATE_ROLLBACK = 2,
       HF_CREATE_PROBE = 3 /* a trial in another process: do no harm outside */ };

/* Owner: the host. Borrowed for the call; `host` alone stays, until destroy has returned. */
typedef struct hf_create {
  uint32_t size;
  uint32_t reason;        /* HF_CREATE_... */
  const hf_host *host;    /* the one the entry got: keep it in the instance */
  hf_str config;          /* [plugins.config.NAME] as a JSON object; {} if there is none */
  uint64_t generation;    /* grows with every load of any plugin */
  hf_str previous_version; /* of the generation this one follows; empty if there is none */
} hf_create;

enum {                    /* hf_plugin.flags, the same in the note; low byte: hints            */
  HF_PLUGIN_THREADS = 1,          /* starts threads of its own                                 */
  HF_PLUGIN_STATEFUL = 2,         /* its state should survive a reload                         */
  HF_PLUGIN_WANTS_ISOLATION = 4,  /* reserved: would rather run in a process of its own        */
  HF_PLUGIN_PANIC_ABORT = 0x100,  /* a panic ends the process                                  */
  HF_PLUGIN_CANNOT_UNLOAD = 0x200 /* must stay mapped                                          */
};

/* Static. A function that is NULL is not provided. */
typedef struct hf_plugin {
  uint32_t size;
  uint16_t abi_major;
  uint16_t abi_minor;     /* the header it was built with */
  uint16_t abi_minor_required; /* the server refuses the plugin if its own minor is lower */
  uint16_t flags;         /* HF_PLUGIN_... */
  uint32_t reserved;
  hf_str name;            /* as in the note; a-z 0-9 _ - */
  hf_str version;         /* as in the note; any text, shown to people */
  const hf_handler *handlers;
  uint32_t handler_count;
  uint32_t handler_stride; /* sizeof(hf_handler) as the plugin knows it */

  /* [loop] Makes an instance: stores it (or NULL) in *instance, returns HF_OK. Or a negative code,
     with set_error for the reason: then there is no instance, nothing of it may stay behind, and
     the generation that served before serves on. */
  int32_t (*create)(const hf_create *create, void **instance);

  /* [loop] The last call for this instance. Joins its threads, frees all it owns. */
  void (*destroy)(void *instance);

  /* [any one thread, also before create] A static table of more functions by id, HF_STATE say; NULL
     if unknown. */
  const void *(*extension)(hf_str id);

  /* [loop] Nobody waits for the answer behind `token` any more: its time is over, or that of a
     generation that drains, or its connection is gone. The token is void already; stop the work
     for it. Never called for a token that complete() returned HF_OK for. */
  void (*cancel)(void *instance, hf_token token);

  /* [loop] A timer has come to its time. One without a period is over by now. */
  void (*on_timer)(void *instance, hf_timer timer, uint64_t user);

  /* [loop] What wake() asked for. */
  void (*on_wake)(void *instance);
} hf_plugin;

#define HF_EXPORT __attribute__((visibility("default"))) /* build with -fvisibility=hidden */

/* The one export. Called once after loading, on any one thread, before create; does nothing but
   return the static table, or NULL to refuse this host (logging why). `host` may be older or newer
   than this header: look with HF_HAS before using what a later minor has added. */
HF_EXPORT const hf_plugin *hotframe_plugin_v1(const hf_host *host);

#ifdef __cplusplus
}
#endif

#include "hotframe_plugin_layout.h" /* the offset of every field, asserted */
#include "hotframe_plugin_tools.h"  /* shorthands: HF_PLUGIN_NOTE, HF_HANDLER, hf_reply_write ... */
#endif
