#pragma once
// Every reader of foreign bytes as a function of nothing but bytes. A target throws nothing, and
// ends the process where a promise is broken.

#include <string_view>

namespace fleetscan::fuzz {

/// Ends the process, as a sanitizer does, unless `kept`.
void require(bool kept, const char* promise);

// Inventories.
void authorities(std::string_view text);  // keys of those that sign host certificates
void ansible_ini(std::string_view text);
void ansible_json(std::string_view text);
void ansible_settings(std::string_view text);  // an ansible.cfg
void ansible_toml(std::string_view text);
void ansible_yaml(std::string_view text);
void configuration(std::string_view text);
void csv(std::string_view text);
void expression(std::string_view text);
void host_lists(std::string_view text);  // /etc/hosts, genders and router.db
void hosts_file(std::string_view text);
void json_hosts(std::string_view text);
void known_hosts(std::string_view text);
void limit(std::string_view text);
void masscan_json(std::string_view text);
void nmap_xml(std::string_view text);
void port_scan_lines(std::string_view text);
void secrets(std::string_view text);
void ssh_config(std::string_view text);
void subnet_map(std::string_view text);
void templates(std::string_view text);   // of Ansible's
void yaml_hosts(std::string_view text);  // also ClusterShell's groups

// What a server sends.
void client_log(std::string_view text);  // of ssh -vv
void disconnect(std::string_view payload);
void identification(std::string_view stream);
void kexinit(std::string_view payload);
void packets(std::string_view stream);
void public_key(std::string_view blob);

// What a name server sends.
void sshfp(std::string_view message);

// What a proxy sends.
void http_connect(std::string_view stream);
void socks5(std::string_view stream);
void ssh_channels(std::string_view stream);  // of an ssh that is shared

// Whole conversations: the input is what happens, in which order, and in which pieces.
void key_exchange(std::string_view script);
void mangled_exchange(std::string_view script);
void own_exchange(std::string_view script);
void probe_machine(std::string_view script);

// Results.
void baseline(std::string_view text);
void condition(std::string_view text);
void doctor_record(std::string_view text);
void explanation(std::string_view text);
void forecast(std::string_view file);
void history_import(std::string_view file);
void key_lists(std::string_view file);
void merge(std::string_view files);
void reports(std::string_view file);
void result_lines(std::string_view file);  // also as an inventory

struct Target {
  std::string_view name;  ///< also of its folder of seeds
  void (*run)(std::string_view);
};

inline constexpr Target kTargets[] = {
    {"ansible_ini", ansible_ini},
    {"ansible_json", ansible_json},
    {"ansible_settings", ansible_settings},
    {"ansible_toml", ansible_toml},
    {"ansible_yaml", ansible_yaml},
    {"authorities", authorities},
    {"baseline", baseline},
    {"client_log", client_log},
    {"condition", condition},
    {"configuration", configuration},
    {"csv", csv},
    {"disconnect", disconnect},
    {"doctor_record", doctor_record},
    {"explanation", explanation},
    {"expression", expression},
    {"forecast", forecast},
    {"history_import", history_import},
    {"host_lists", host_lists},
    {"hosts_file", hosts_file},
    {"http_connect", http_connect},
    {"identification", identification},
    {"json_hosts", json_hosts},
    {"kexinit", kexinit},
    {"key_exchange", key_exchange},
    {"key_lists", key_lists},
    {"known_hosts", known_hosts},
    {"limit", limit},
    {"mangled_exchange", mangled_exchange},
    {"masscan_json", masscan_json},
    {"merge", merge},
    {"nmap_xml", nmap_xml},
    {"own_exchange", own_exchange},
    {"packets", packets},
    {"port_scan_lines", port_scan_lines},
    {"probe_machine", probe_machine},
    {"public_key", public_key},
    {"reports", reports},
    {"result_lines", result_lines},
    {"secrets", secrets},
    {"socks5", socks5},
    {"ssh_channels", ssh_channels},
    {"ssh_config", ssh_config},
    {"sshfp", sshfp},
    {"subnet_map", subnet_map},
    {"templates", templates},
    {"yaml_hosts", yaml_hosts},
};

}  // namespace fleetscan::fuzz
