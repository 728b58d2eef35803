/* The layout of ABI 1.0, asserted wherever hotframe_plugin.h is compiled. A
   later minor adds fields, and with them to the size of a struct; no offset ever changes. */
#ifndef HOTFRAME_PLUGIN_LAYOUT_H
#define HOTFRAME_PLUGIN_LAYOUT_H

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "hotframe runs on little-endian machines"
#endif

/* FIELD(struct, field, offset), SIZE(struct, bytes) */
#define HF_LAYOUT(FIELD, SIZE)                                                                     \
  FIELD(hf_bytes, ptr, 0)                                                                          \
  FIELD(hf_bytes, len, 8)                                                                          \
  SIZE(hf_bytes, 16)                                                                               \
  FIELD(hf_str, ptr, 0)                                                                            \
  FIELD(hf_str, len, 8)                                                                            \
  SIZE(hf_str, 16)                                                                                 \
  FIELD(hf_request, size, 0)                                                                       \
  FIELD(hf_request, flags, 4)                                                                      \
  FIELD(hf_request, conn, 8)                                                                       \
  FIELD(hf_request, request_id, 16)                                                                \
  FIELD(hf_request, now_ns, 24)                                                                    \
  FIELD(hf_request, data, 32)                                                                      \
  FIELD(hf_request, len, 40)                                                                       \
  FIELD(hf_request, command, 44)                                                                   \
  FIELD(hf_request, address, 46)                                                                   \
  FIELD(hf_request, reserved, 47)                                                                  \
  FIELD(hf_request, deadline_ns, 48)                                                               \
  SIZE(hf_request, 56)                                                                             \
  FIELD(hf_reply, size, 0)                                                                         \
  FIELD(hf_reply, cap, 4)                                                                          \
  FIELD(hf_reply, buf, 8)                                                                          \
  FIELD(hf_reply, len, 16)                                                                         \
  FIELD(hf_reply, command, 20)                                                                     \
  FIELD(hf_reply, address, 22)                                                                     \
  FIELD(hf_reply, reserved, 23)                                                                    \
  SIZE(hf_reply, 24)                                                                               \
  FIELD(hf_handler, name, 0)                                                                       \
  FIELD(hf_handler, call, 16)                                                                      \
  FIELD(hf_handler, flags, 24)                                                                     \
  FIELD(hf_handler, default_command, 28)                                                           \
  FIELD(hf_handler, rsv, 30)                                                                       \
  FIELD(hf_handler, min_len, 32)                                                                   \
  FIELD(hf_handler, max_len, 36)                                                                   \
  FIELD(hf_handler, soft_deadline_us, 40)                                                          \
  FIELD(hf_handler, reserved, 44)                                                                  \
  SIZE(hf_handler, 48)                                                                             \
  FIELD(hf_host, size, 0)                                                                          \
  FIELD(hf_host, abi_major, 4)                                                                     \
  FIELD(hf_host, abi_minor, 6)                                                                     \
  FIELD(hf_host, context, 8)                                                                       \
  FIELD(hf_host, log, 16)                                                                          \
  FIELD(hf_host, log_enabled, 24)                                                                  \
  FIELD(hf_host, set_error, 32)                                                                    \
  FIELD(hf_host, now_ns, 40)                                                                       \
  FIELD(hf_host, is_loop_thread, 48)                                                               \
  FIELD(hf_host, extension, 56)                                                                    \
  FIELD(hf_host, defer, 64)                                                                        \
  FIELD(hf_host, complete, 72)                                                                     \
  FIELD(hf_host, timer_start, 80)                                                                  \
  FIELD(hf_host, timer_stop, 88)                                                                   \
  FIELD(hf_host, wake, 96)                                                                         \
  FIELD(hf_host, run_blocking, 104)                                                                \
  SIZE(hf_host, 112)                                                                               \
  FIELD(hf_create, size, 0)                                                                        \
  FIELD(hf_create, reason, 4)                                                                      \
  FIELD(hf_create, host, 8)                                                                        \
  FIELD(hf_create, config, 16)                                                                     \
  FIELD(hf_create, generation, 32)                                                                 \
  FIELD(hf_create, previous_version, 40)                                                           \
  SIZE(hf_create, 56)                                                                              \
  FIELD(hf_plugin, size, 0)                                                                        \
  FIELD(hf_plugin, abi_major, 4)                                                                   \
  FIELD(hf_plugin, abi_minor, 6)                                                                   \
  FIELD(hf_plugin, abi_minor_required, 8)                                                          \
  FIELD(hf_plugin, flags, 10)                                                                      \
  FIELD(hf_plugin, reserved, 12)                                                                   \
  FIELD(hf_plugin, name, 16)                                                                       \
  FIELD(hf_plugin, version, 32)                                                                    \
  FIELD(hf_plugin, handlers, 48)                                                                   \
  FIELD(hf_plugin, handler_count, 56)                                                              \
  FIELD(hf_plugin, handler_stride, 60)                                                             \
  FIELD(hf_plugin, create, 64)                                                                     \
  FIELD(hf_plugin, destroy, 72)                                                                    \
  FIELD(hf_plugin, extension, 80)                                                                  \
  FIELD(hf_plugin, cancel, 88)                                                                     \
  FIELD(hf_plugin, on_timer, 96)                                                                   \
  FIELD(hf_plugin, on_wake, 104)                                                                   \
  SIZE(hf_plugin, 112)

#define HF_LAYOUT_LIFECYCLE(FIELD, SIZE)                                                           \
  FIELD(hf_findings, size, 0)                                                                      \
  FIELD(hf_findings, reserved, 4)                                                                  \
  FIELD(hf_findings, context, 8)                                                                   \
  FIELD(hf_findings, wrong, 16)                                                                    \
  SIZE(hf_findings, 24)                                                                            \
  FIELD(hf_lifecycle, size, 0)                                                                     \
  FIELD(hf_lifecycle, reserved, 4)                                                                 \
  FIELD(hf_lifecycle, validate_config, 8)                                                          \
  FIELD(hf_lifecycle, self_test, 16)                                                               \
  FIELD(hf_lifecycle, reconfigure, 24)                                                             \
  FIELD(hf_lifecycle, start, 32)                                                                   \
  FIELD(hf_lifecycle, quiesce, 40)                                                                 \
  SIZE(hf_lifecycle, 48)

#define HF_LAYOUT_STATE(FIELD, SIZE)                                                               \
  FIELD(hf_sink, size, 0)                                                                          \
  FIELD(hf_sink, reserved, 4)                                                                      \
  FIELD(hf_sink, context, 8)                                                                       \
  FIELD(hf_sink, write, 16)                                                                        \
  SIZE(hf_sink, 24)                                                                                \
  FIELD(hf_source, size, 0)                                                                        \
  FIELD(hf_source, reserved, 4)                                                                    \
  FIELD(hf_source, context, 8)                                                                     \
  FIELD(hf_source, len, 16)                                                                        \
  FIELD(hf_source, read, 24)                                                                       \
  FIELD(hf_source, adopt, 32)                                                                      \
  SIZE(hf_source, 40)                                                                              \
  FIELD(hf_state, size, 0)                                                                         \
  FIELD(hf_state, schema, 4)                                                                       \
  FIELD(hf_state, version, 8)                                                                      \
  FIELD(hf_state, version_min, 12)                                                                 \
  FIELD(hf_state, save_state, 16)                                                                  \
  FIELD(hf_state, load_state, 24)                                                                  \
  FIELD(hf_state, save_abort, 32)                                                                  \
  SIZE(hf_state, 40)

#define HF_LAYOUT_PEERS(FIELD, SIZE)                                                               \
  FIELD(hf_conn_info, size, 0)                                                                     \
  FIELD(hf_conn_info, peer_len, 4)                                                                 \
  FIELD(hf_conn_info, listener_len, 5)                                                             \
  FIELD(hf_conn_info, client_len, 6)                                                               \
  FIELD(hf_conn_info, reserved, 7)                                                                 \
  FIELD(hf_conn_info, conn, 8)                                                                     \
  FIELD(hf_conn_info, session, 16)                                                                 \
  FIELD(hf_conn_info, peer, 24)                                                                    \
  FIELD(hf_conn_info, listener, 88)                                                                \
  FIELD(hf_conn_info, client, 216)                                                                 \
  SIZE(hf_conn_info, 280)                                                                          \
  FIELD(hf_peers, size, 0)                                                                         \
  FIELD(hf_peers, reserved, 4)                                                                     \
  FIELD(hf_peers, on_connection, 8)                                                                \
  FIELD(hf_peers, on_session, 16)                                                                  \
  FIELD(hf_peers, on_answer, 24)                                                                   \
  FIELD(hf_peers, on_push_refused, 32)                                                             \
  SIZE(hf_peers, 40)

#define HF_LAYOUT_PUSH(FIELD, SIZE)                                                                \
  FIELD(hf_push, size, 0)                                                                          \
  FIELD(hf_push, to, 4)                                                                            \
  FIELD(hf_push, id, 8)                                                                            \
  FIELD(hf_push, client, 16)                                                                       \
  FIELD(hf_push, data, 32)                                                                         \
  FIELD(hf_push, number, 48)                                                                       \
  FIELD(hf_push, address, 50)                                                                      \
  FIELD(hf_push, flags, 51)                                                                        \
  FIELD(hf_push, reserved, 52)                                                                     \
  SIZE(hf_push, 56)                                                                                \
  FIELD(hf_push_host, size, 0)                                                                     \
  FIELD(hf_push_host, reserved, 4)                                                                 \
  FIELD(hf_push_host, event, 8)                                                                    \
  FIELD(hf_push_host, request, 16)                                                                 \
  FIELD(hf_push_host, conn_info, 24)                                                               \
  FIELD(hf_push_host, conn_close, 32)                                                              \
  SIZE(hf_push_host, 40)

#define HF_LAYOUT_TRACE(FIELD, SIZE)                                                               \
  FIELD(hf_trace_id, bytes, 0)                                                                     \
  SIZE(hf_trace_id, 16)                                                                            \
  FIELD(hf_trace, size, 0)                                                                         \
  FIELD(hf_trace, reserved, 4)                                                                     \
  FIELD(hf_trace, of_request, 8)                                                                   \
  FIELD(hf_trace, of_token, 16)                                                                    \
  FIELD(hf_trace, log, 24)                                                                         \
  SIZE(hf_trace, 32)

#define HF_LAYOUT_METRICS(FIELD, SIZE)                                                             \
  FIELD(hf_label, name, 0)                                                                         \
  FIELD(hf_label, value, 16)                                                                       \
  SIZE(hf_label, 32)                                                                               \
  FIELD(hf_metric_def, size, 0)                                                                    \
  FIELD(hf_metric_def, kind, 4)                                                                    \
  FIELD(hf_metric_def, name, 8)                                                                    \
  FIELD(hf_metric_def, help, 24)                                                                   \
  FIELD(hf_metric_def, labels, 40)                                                                 \
  FIELD(hf_metric_def, bounds, 48)                                                                 \
  FIELD(hf_metric_def, label_count, 56)                                                            \
  FIELD(hf_metric_def, bound_count, 60)                                                            \
  SIZE(hf_metric_def, 64)                                                                          \
  FIELD(hf_metrics, size, 0)                                                                       \
  FIELD(hf_metrics, reserved, 4)                                                                   \
  FIELD(hf_metrics, define, 8)                                                                     \
  FIELD(hf_metrics, add, 16)                                                                       \
  FIELD(hf_metrics, set, 24)                                                                       \
  FIELD(hf_metrics, observe, 32)                                                                   \
  SIZE(hf_metrics, 40)

#define HF_LAYOUT_MEMORY(FIELD, SIZE)                                                              \
  FIELD(hf_memory, size, 0)                                                                        \
  FIELD(hf_memory, reserved, 4)                                                                    \
  FIELD(hf_memory, heap, 8)                                                                        \
  SIZE(hf_memory, 16)

#define HF_LAYOUT_AUTH(FIELD, SIZE)                                                                \
  FIELD(hf_credential, size, 0)                                                                    \
  FIELD(hf_credential, reserved, 4)                                                                \
  FIELD(hf_credential, conn, 8)                                                                    \
  FIELD(hf_credential, client, 16)                                                                 \
  FIELD(hf_credential, credential, 32)                                                             \
  FIELD(hf_credential, peer, 48)                                                                   \
  FIELD(hf_credential, deadline_ns, 64)                                                            \
  SIZE(hf_credential, 72)                                                                          \
  FIELD(hf_auth, size, 0)                                                                          \
  FIELD(hf_auth, reserved, 4)                                                                      \
  FIELD(hf_auth, judge, 8)                                                                         \
  SIZE(hf_auth, 16)

#ifdef __cplusplus
#define HF_LAYOUT_ASSERT_(condition) static_assert(condition, "hotframe ABI: " #condition);
#else
#define HF_LAYOUT_ASSERT_(condition) _Static_assert(condition, "hotframe ABI: " #condition);
#endif
#define HF_LAYOUT_FIELD_(type, field, offset) HF_LAYOUT_ASSERT_(offsetof(type, field) == (offset))
#define HF_LAYOUT_SIZE_(type, bytes) HF_LAYOUT_ASSERT_(sizeof(type) == (bytes))
HF_LAYOUT(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_LIFECYCLE(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_STATE(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_PEERS(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_PUSH(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_TRACE(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_METRICS(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_MEMORY(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)
HF_LAYOUT_AUTH(HF_LAYOUT_FIELD_, HF_LAYOUT_SIZE_)

#endif
