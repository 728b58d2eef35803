/* Extension "hotframe.lifecycle/1": what a plugin says about its configuration and its health, and
   when it begins and ends. Included by hotframe_plugin.h, which says what [loop] and [any] mean.

   The order, for one generation: validate_config -> create -> self_test -> load_state -> start ->
   requests, reconfigure ... -> quiesce -> more requests -> destroy. */
#ifndef HOTFRAME_PLUGIN_LIFECYCLE_H
#define HOTFRAME_PLUGIN_LIFECYCLE_H

/* What extension() of the plugin's table is asked for; answer with a static hf_lifecycle. */
#define HF_LIFECYCLE "hotframe.lifecycle/1"

/* Where to say what is wrong with a configuration. Owner: the host. Borrowed for the call. */
typedef struct hf_findings hf_findings;
struct hf_findings {
  uint32_t size;
  uint32_t reserved;
  void *context;          /* the host's own */

  /* [the calling thread, inside the call] One mistake. key: which key is meant, "limits.max_keys"
     for one in a table below; a key that is missing, or empty, stands for the whole table. The
     operator is shown file, line and column of it. text: what is wrong and what to write instead.
     Both are copied. */
  void (*wrong)(const hf_findings *findings, hf_str key, hf_str text);
};

/* Static. A function that is NULL is not provided. */
typedef struct hf_lifecycle {
  uint32_t size;
  uint32_t reserved;

  /* [any one thread] Judges a configuration, [plugins.config.NAME] as a JSON object. Pure: it
     depends on `config` alone and changes nothing; there may be no instance. Called before create
     and before reconfigure, in the trial process, too. HF_OK; or HF_CONFIG after `wrong` was
     called at least once: then the configuration is not taken, and what served before serves on. */
  int32_t (*validate_config)(hf_str config, const hf_findings *findings);

  /* [loop] Says whether a fresh instance would serve: HF_OK, or a negative code with set_error for
     the reason. Called after create, before any state is loaded: in the trial process, and in the
     server itself only where trials are turned off. */
  int32_t (*self_test)(void *instance);

  /* [loop] Takes another configuration, which validate_config has found good, while it serves.
     HF_OK; HF_UNSUPPORTED: this change needs a new instance, so reload me; or another negative
     code with set_error: then nothing has changed, and the old configuration serves on. NULL: as
     if it always returned HF_UNSUPPORTED. */
  int32_t (*reconfigure)(void *instance, hf_str config);

  /* [loop] State is loaded and requests come next: start timers and jobs here. HF_OK; or a
     negative code with set_error: then this generation is destroyed and the one before serves
     on. Called again where a rollback brings the instance back after quiesce. */
  int32_t (*start)(void *instance);

  /* [loop] A successor has taken over, or the plugin is removed, or the server stops: no new
     request comes. Finish what is begun; destroy follows when all tokens are answered. */
  void (*quiesce)(void *instance);
} hf_lifecycle;

#endif
