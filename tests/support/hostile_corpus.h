#pragma once
// Texts that peers and inventories may send to break out of whatever shows them.

#include <string>
#include <vector>

namespace fleetscan::test {

/// Each calls a function `pwn` where a script can run; the browser tests define none, but look for
/// what it would leave behind.
[[nodiscard]] inline const std::vector<std::string>& hostile_corpus() {
  static const std::vector<std::string> kCorpus{
      "SSH-2.0-</script><script>window.__pwned=1</script>",
      "SSH-2.0-<img src=x onerror=window.__pwned=1>",
      "SSH-2.0-\"><svg/onload=window.__pwned=1>",
      "' onmouseover='window.__pwned=1",
      "]]><!--",
      "--><svg/onload=window.__pwned=1>",
      "javascript:window.__pwned=1",
      "{{title}}{{data}}",
      "line\xE2\x80\xA8separator\xE2\x80\xA9",
      "\xE2\x80\xAEgpj.exe",
      std::string("nul\0byte", 8),
      "not utf-8 \xff\xfe\xc3(\xed\xa0\x80",
      "\x1b]0;owned\x07\x1b[31mred\x1b[2J",
      "c1 \xc2\x9b"
      "31m and del \x7f",
      "::error title=pwned::hello\r\n::set-output name=x::y",
      "=cmd|' /C calc'!A0",
      "+1+1",
      "@SUM(1)",
      "-2+3",
      "a,b\"c\nd",
      "| table | [link](javascript:1) @team #1 `code` <b>",
      "\\backslash\\ \"quote\" \n{label=\"x\"} 1",
      "$(touch /tmp/fleetscan-pwned); `id` && echo 'x'",
      std::string(65536, 'B'),
  };
  return kCorpus;
}

}  // namespace fleetscan::test
