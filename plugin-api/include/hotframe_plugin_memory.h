/* Extension of a plugin, HF_MEMORY: what it has on the heap, for operators to see. Part of
   hotframe_plugin.h, which includes it. */
#ifndef HOTFRAME_PLUGIN_MEMORY_H
#define HOTFRAME_PLUGIN_MEMORY_H

#define HF_MEMORY "hotframe.memory/1" /* what the plugin's extension() is asked for */

/* Static. Plugins in Rust have it by themselves, unless their crate has an allocator of its own. */
typedef struct hf_memory {
  uint32_t size;
  uint32_t reserved;

  /* [loop] Bytes that this library has on the heap now, and in *blocks in how many blocks, where it
     is not NULL; 0 for a number that is not known. Only an atomic or a lock that is never held for
     long may be in the way: it is asked for every picture that `hotframe ctl plugins`, /metrics and
     the page show. */
  uint64_t (*heap)(uint64_t *blocks);
} hf_memory;

#endif
