#pragma once
// Escapes untrusted text before it is shown or stored. This is the only place that does.
//
// Untrusted is what a peer sent, and what an inventory says: host names, labels, file names. All
// functions append to `out`. What cannot be shown is written as `\xNN`, byte by byte, so that it
// is seen and not obeyed: control characters (C0, DEL, C1, line ends and tabs included), bytes that
// are not UTF-8, what is invisible or looks like a space, marks that change the direction of text,
// code points that no document may hold, and, in a word with letters of ASCII, those of scripts
// whose letters look like them (Unicode UTS 39, "single script": a Cyrillic a in apple).
// Backslashes are not doubled: the exact bytes are kept in hex where they matter.

#include <cstdint>
#include <string>
#include <string_view>

namespace fleetscan {

/// For a terminal, a log line or any plain text: a single line, however many `raw` has.
void append_printable(std::string& out, std::string_view raw);
[[nodiscard]] std::string printable(std::string_view raw);

/// For HTML text and quoted attribute values.
void append_html(std::string& out, std::string_view raw);

/// A part of a URL's fragment, percent-encoded but for letters, digits and - . _ ~ : /
void append_fragment(std::string& out, std::string_view raw);

/// For XML 1.0 text and quoted attribute values.
void append_xml(std::string& out, std::string_view raw);

/// One CSV field (RFC 4180), quoted where needed. What a spreadsheet would take for a formula (it
/// begins with = + - @) gets a leading apostrophe, also behind a semicolon: some part cells there.
void append_csv(std::string& out, std::string_view raw);

/// The message of a GitHub workflow command, or with `property` the value of one of its properties.
void append_workflow_command(std::string& out, std::string_view raw, bool property = false);

/// The value of a Prometheus label, without its quotes.
void append_prometheus_label(std::string& out, std::string_view raw);

/// Text in Markdown, tables included: no character keeps a meaning of its own.
void append_markdown(std::string& out, std::string_view raw);

enum class JsonStyle : std::uint8_t {
  plain,
  script,  ///< may stand inside an HTML <script> block: no < > & occurs
};

/// A JSON string with its quotes. Always valid JSON in valid UTF-8: a byte that is not UTF-8
/// becomes U+FFFD, and what cannot be shown an escape.
void append_json(std::string& out, std::string_view raw, JsonStyle style = JsonStyle::plain);

/// Whether append_json() only puts quotes around `raw`.
[[nodiscard]] bool is_plain_json(std::string_view raw, JsonStyle style = JsonStyle::plain);

/// Whether append_json() loses nothing of `raw`.
[[nodiscard]] bool is_utf8(std::string_view raw);

/// Lower-case hexadecimal digits, two for each byte.
void append_hex(std::string& out, std::string_view raw);

}  // namespace fleetscan
