/* Extension "hotframe.state/1": how a plugin's state outlives its code. Included by
   hotframe_plugin.h, which says what [loop] and [any] mean.

   On a reload the old generation saves, the new one loads, and the next request finds it there. On
   a clean stop of the server the state is kept in a file where plugins.policy.NAME.persist_state
   says so. When the server goes back to the version before, that is created once more and loads
   what the newer one saves. The host chooses the newest version that both sides know, upgrade or
   downgrade, and never looks inside. Saving is a snapshot: the one that saves serves on if anything
   fails.

   Large state goes over in slices, so that the server never stands still for long: save_state
   returns HF_MORE when it has written about `budget` bytes, the new generation loads that slice at
   once, and the old one serves on until the next call. From its first HF_MORE on it keeps in mind
   which of what it has saved already changes, and saves that once more. When it returns HF_OK
   everything has gone over, changes included, and the new generation takes over in the same turn. A
   plugin with little state ignores `budget`, writes everything, and returns HF_OK. */
#ifndef HOTFRAME_PLUGIN_STATE_H
#define HOTFRAME_PLUGIN_STATE_H

/* What extension() of the plugin's table is asked for; answer with a static hf_state. */
#define HF_STATE "hotframe.state/1"

enum { HF_MORE = 1 /* save_state: this was a slice, call again for the next */ };

/* Where state is written to. Owner: the host. Borrowed for the call. */
typedef struct hf_sink hf_sink;
struct hf_sink {
  uint32_t size;
  uint32_t reserved;
  void *context;          /* the host's own */

  /* [loop, inside save_state] Appends; the bytes are copied. HF_OK; HF_TOO_LARGE: more than
     plugins.max_state allows, and nothing was appended: return that. */
  int32_t (*write)(const hf_sink *sink, hf_bytes bytes);
};

/* Where state is read from. Owner: the host. Borrowed for the call. */
typedef struct hf_source hf_source;
struct hf_source {
  uint32_t size;
  uint32_t reserved;
  void *context;          /* the host's own */
  uint64_t len;           /* bytes of this slice */

  /* [loop, inside load_state] Copies the next bytes of the slice, at most len of them, to buf.
     Returns how many: fewer only at the end. */
  size_t (*read)(const hf_source *source, uint8_t *buf, size_t len);

  /* [loop, inside load_state] Claims a token of the old generation whose number is in the state.
     HF_OK: it is this generation's from start() on, if it is still good then; the old one is told
     by cancel. HF_STALE: it is not good any more. HF_DENIED: the policy of this plugin is not
     "adopt", or nobody serves who could have it; the old generation answers it itself. */
  int32_t (*adopt)(const hf_source *source, hf_token token);
};

/* Static. All functions but save_abort are provided. */
typedef struct hf_state {
  uint32_t size;
  uint32_t schema;        /* the author's number for what this state is; another number is another
                             state, and neither is loaded as the other */
  uint32_t version;       /* the newest that it writes and reads, from 1 */
  uint32_t version_min;   /* the oldest; every version between is written and read, too */

  /* [loop] Writes its state, as of that version, to the sink. HF_OK: all of it; HF_MORE: a slice,
     only where budget is not UINT64_MAX; or a negative code with set_error. budget: bytes that are
     welcome in this call, advice and no bound. The instance serves on afterwards, whatever comes
     of it. */
  int32_t (*save_state)(void *instance, uint32_t version, uint64_t budget, const hf_sink *sink);

  /* [loop] Takes over one slice, called for each in the order in which they were saved; the first
     call is for a fresh instance. HF_OK; or a negative code with set_error (HF_STATE_VERSION: the
     bytes are not what the version says): then the instance is destroyed and the old one serves
     on. */
  int32_t (*load_state)(void *instance, uint32_t version, const hf_source *source);

  /* [loop] What was saved in slices so far is not wanted any more: forget what was kept in mind
     for it. The next save_state begins anew. NULL where save_state never returns HF_MORE. */
  void (*save_abort)(void *instance);
} hf_state;

#endif
