/* Shorthands for authors; included by hotframe_plugin.h. No part of the ABI: all of it is compiled
   into the plugin. */
#ifndef HOTFRAME_PLUGIN_TOOLS_H
#define HOTFRAME_PLUGIN_TOOLS_H

/* ---- The note ------------------------------------------------------------------------------ */

#define HF_NOTE_SECTION ".note.hotframe"
#define HF_NOTE_OWNER "hotframe"
#define HF_NOTE_TYPE 1

#if defined(__clang__)
#define HF_NOTE_SDK "c 1.0 / clang " __clang_version__
#elif defined(__GNUC__)
#define HF_NOTE_SDK "c 1.0 / gcc " __VERSION__
#else
#define HF_NOTE_SDK "c 1.0"
#endif

/* Puts the note into the file: what the server reads before it runs any code of the plugin. Once,
   at file scope, with a semicolon: HF_PLUGIN_NOTE("echo", "1.0.0");
   name and version are string literals, the same as in hf_plugin. The section's name makes it a
   loaded SHT_NOTE; all is in one const object, so that nothing can come between the fields. */
#define HF_PLUGIN_NOTE(plugin_name, plugin_version)                                                \
  HF_PLUGIN_NOTE_WITH(plugin_name, plugin_version, HF_ABI_MINOR, 0)

/* The same for a plugin that needs another minor at least, or has HF_PLUGIN_ flags. */
#define HF_PLUGIN_NOTE_WITH(plugin_name, plugin_version, minor_required, plugin_flags)             \
  __attribute__((used, aligned(4), section(HF_NOTE_SECTION))) static const struct {                \
    uint32_t owner_len, note_len, type;                                                            \
    char owner[12];                                                                                \
    /* from here on, little-endian: what owner_len .. owner announce */                            \
    uint16_t abi_major, abi_minor_built, abi_minor_required, flags;                                \
    uint32_t note_size;                                                                            \
    char name[sizeof(plugin_name)];                                                                \
    char version[sizeof(plugin_version)];                                                          \
    char sdk[sizeof(HF_NOTE_SDK)];                                                                 \
    char panic; /* 'u': unwinds inside the plugin at most */                                       \
  } hf_plugin_note = {                                                                             \
      sizeof(HF_NOTE_OWNER), HF_NOTE_LEN_(plugin_name, plugin_version), HF_NOTE_TYPE,              \
      HF_NOTE_OWNER, HF_ABI_MAJOR, HF_ABI_MINOR, (minor_required), (plugin_flags),                 \
      HF_NOTE_LEN_(plugin_name, plugin_version), plugin_name, plugin_version, HF_NOTE_SDK, 'u'}

#define HF_NOTE_LEN_(name, version)                                                                \
  (12 + sizeof(name) + sizeof(version) + sizeof(HF_NOTE_SDK) + 1)

/* ---- Tables -------------------------------------------------------------------------------- */

/* Initialiser of an hf_str from a string literal: for tables. In a call: hf_str_of("text"). */
#define HF_STR(literal) {"" literal, sizeof(literal) - 1}

/* Initialiser of an hf_handler that takes 0 to 255 bytes. */
#define HF_HANDLER(name, function, default_command)                                                \
  HF_HANDLER_LEN(name, function, default_command, 0, HF_MAX_DATA)

/* Initialiser of an hf_handler that takes min_len to max_len bytes. */
#define HF_HANDLER_LEN(name, function, default_command, min_len, max_len)                          \
  {HF_STR(name), (function), 0, (default_command), 0, (min_len), (max_len), 0, 0}

/* ---- Values -------------------------------------------------------------------------------- */

/* The text up to the terminating NUL; borrowed. */
static inline hf_str hf_str_of(const char *text) {
  hf_str str = {text, strlen(text)};
  return str;
}

/* len bytes at ptr; borrowed. */
static inline hf_bytes hf_bytes_of(const void *ptr, size_t len) {
  hf_bytes bytes = {(const uint8_t *)ptr, len};
  return bytes;
}

/* ---- In a handler -------------------------------------------------------------------------- */

/* 1 if nothing will be sent back, so that there is no use in writing a reply. */
static inline int hf_is_event(const hf_request *request) {
  return (request->flags & HF_REQ_EVENT) != 0;
}

/* Appends len bytes to the reply. HF_REPLY; or HF_TOO_LARGE, and then nothing is written. */
static inline int32_t hf_reply_write(hf_reply *reply, const void *ptr, size_t len) {
  if (reply->len > reply->cap || len > reply->cap - reply->len) {
    return HF_TOO_LARGE;
  }
  if (len != 0) {
    memcpy(reply->buf + reply->len, ptr, len);
    reply->len += (uint32_t)len;
  }
  return HF_REPLY;
}

/* `return hf_fail(host, HF_INVALID, 0, "why");` : says what the error is and passes it on. */
static inline int32_t hf_fail(const hf_host *host, int32_t returned, uint32_t code,
                              const char *text) {
  (void)host->set_error(host, code, hf_str_of(text));
  return returned;
}

/* Writes one line to the server's log: hf_log(host, HF_LOG_INFO, "ready"); */
static inline void hf_log(const hf_host *host, uint32_t level, const char *text) {
  host->log(host, level, hf_str_of(text));
}

/* ---- Later --------------------------------------------------------------------------------- */

/* Answers a deferred request with these bytes. As complete() returns. */
static inline int32_t hf_complete(const hf_host *host, hf_token token, const void *ptr,
                                  size_t len) {
  return host->complete(host, token, HF_OK, hf_bytes_of(ptr, len));
}

/* Answers a deferred request with an error: a negative HF_ code or a code of the plugin's own, and
   a text for the client. As complete() returns. */
static inline int32_t hf_complete_error(const hf_host *host, hf_token token, int32_t status,
                                        const char *text) {
  return host->complete(host, token, status, hf_bytes_of(text, strlen(text)));
}

/* ---- C++ ----------------------------------------------------------------------------------- */

/* hf_noexcept<f> is a handler that calls the handler f and answers HF_PANICKED for an exception. */
#if defined(__cplusplus) && defined(__cpp_exceptions)
template <hf_handler_fn Handler>
int32_t hf_noexcept(void *instance, const hf_request *request, hf_reply *reply) noexcept {
  try {
    return Handler(instance, request, reply);
  } catch (...) {
    return HF_PANICKED;
  }
}
#endif

#endif
