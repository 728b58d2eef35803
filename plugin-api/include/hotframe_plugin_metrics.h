/* Extension of the host, HF_METRICS: figures of a plugin, shown with the server's own. Part of
   hotframe_plugin.h, which includes it. Where the server has it:
   (const hf_metrics *)host->extension(host, id). */
#ifndef HOTFRAME_PLUGIN_METRICS_H
#define HOTFRAME_PLUGIN_METRICS_H

#define HF_METRICS "hotframe.metrics/1" /* what the host's extension() is asked for */

/* One series of this instance. 0 = none: whatever is done with it does nothing. */
typedef uint32_t hf_metric;

enum { HF_COUNTER = 1,    /* only grows; its name ends in _total                               */
       HF_GAUGE = 2,      /* goes up and down                                                  */
       HF_HISTOGRAM = 3   /* how many observations were at most so much                        */ };

/* Text of a label. */
typedef struct hf_label { hf_str name, value; } hf_label;

/* What a series is. Owner: the plugin. Borrowed for the call, copied. */
typedef struct hf_metric_def {
  uint32_t size;
  uint32_t kind;          /* HF_COUNTER ... */
  hf_str name;            /* a-z 0-9 _, base units: "answer_seconds"; at most 64 bytes */
  hf_str help;            /* one sentence, not empty; at most 256 bytes */
  const hf_label *labels; /* at most 4; name a-z 0-9 _, value at most 128 bytes */
  const double *bounds;   /* HF_HISTOGRAM: 1 to 32, ascending and finite; else NULL */
  uint32_t label_count;
  uint32_t bound_count;
} hf_metric_def;

/* Owner: the host. In /metrics the name is hotframe_plugin_PLUGIN_NAME, - of PLUGIN as _. */
typedef struct hf_metrics {
  uint32_t size;
  uint32_t reserved;

  /* [loop] Defines a series, best inside create. A counter or histogram that the generation before
     has defined alike goes on where it is. The same again is the same. 0, with a line in the log
     that says why: something is wrong with it, or 128 are defined already. */
  hf_metric (*define)(const hf_host *host, const hf_metric_def *def);

  /* [any] A counter grows by n. These three take no lock. Another kind, or 0: nothing. */
  void (*add)(const hf_host *host, hf_metric counter, uint64_t n);

  /* [any] A gauge is at `value` now. What is not finite is passed over, here and below. */
  void (*set)(const hf_host *host, hf_metric gauge, double value);

  /* [any] One observation of a histogram. */
  void (*observe)(const hf_host *host, hf_metric histogram, double value);
} hf_metrics;

#endif
