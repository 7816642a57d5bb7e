import Base

/// Names of the members of Podman's requests, which it takes in any case. Here they are in lower case.
enum PodmanNames {
    /// Looked at, or of no importance to the host.
    static let known: Set = [
        // Looked at.
        "apparmor_profile", "base_hosts_file", "cap_add", "cap_drop", "cgroup_parent", "cgroupns", "cgroups_mode",
        "device_cgroup_rule", "devices", "env",
        "expose",
        "groups", "healthlogdestination", "host_device_list", "image", "init_path", "ipcns", "label_nested",
        "log_configuration", "mask",
        "mounts",
        "name", "netns", "no_new_privileges", "oci_runtime", "overlay_volumes", "pidns", "pod", "portmappings",
        "privileged",
        "publish_image_ports", "read_only_filesystem", "resource_limits", "rootfs", "seccomp_policy",
        "seccomp_profile_path",
        "selinux_opts", "sysctl", "unmask", "user", "userns", "utsns", "volumes", "volumes_from",
        // Not looked at.
        "annotations", "artifact_volumes", "cni_networks", "command",
        "containercreatecommand", "create_working_dir",
        "dependencycontainers", "dns_option", "dns_search", "dns_server", "entrypoint", "env_host", "envmerge",
        "group_entry",
        "health_check_on_failure_action", "healthconfig", "healthmaxlogcount", "healthmaxlogsize", "hostadd",
        "hostname", "hostusers", "httpproxy", "idmappings", "image_arch", "image_os", "image_variant",
        "image_volume_mode", "image_volumes", "init", "init_container_type", "labels", "managepassword",
        "manage_password",
        "network_options", "networks", "oom_score_adj", "passwd_entry", "personality", "procfs_opts", "r_limits",
        "raw_image_name",
        "rawimagename", "read_write_tmpfs", "remove", "removeimage", "restart_policy", "restart_tries", "rlimits",
        "rootfs_mapping",
        "rootfs_overlay", "sdnotifymode", "secret_env", "secrets", "shm_size", "shm_size_systemd",
        "startuphealthconfig", "stdin", "storage_opts",
        "stop_signal", "stop_timeout", "systemd", "terminal", "throttlereadbpsdevice", "throttlereadiopsdevice",
        "throttlewritebpsdevice", "throttlewriteiopsdevice", "timeout", "timezone", "umask", "unified", "unsetenv",
        "unsetenvall",
        "use_image_hostname", "use_image_hosts", "use_image_resolve_conf", "use_imageresolveconf", "volatile",
        "weightdevice",
        "work_dir",
    ]
    /// Those of an update: limits, the health check, and the environment. Of these only rules for devices reach the host.
    static let ofUpdate: Set = [
        "blkioweightdevice", "blockio", "cpu", "devicereadbps", "devicereadiops", "devices", "devicewritebps",
        "devicewriteiops", "env", "health_cmd", "health_interval", "health_log_destination", "health_max_log_count",
        "health_max_log_size", "health_on_failure", "health_retries", "health_start_period", "health_startup_cmd",
        "health_startup_interval", "health_startup_retries", "health_startup_success", "health_startup_timeout",
        "health_timeout", "hugepagelimits", "memory", "network", "no_healthcheck", "pids", "r_limits", "rdma",
        "unified", "unsetenv",
    ]
    /// Whose members are names of the user's.
    private static let maps: Set = [
        "annotations", "env", "expose", "labels", "networks", "secret_env", "storage_opts", "sysctl",
        "throttlereadbpsdevice", "throttlereadiopsdevice", "throttlewritebpsdevice", "throttlewriteiopsdevice",
        "unified", "weightdevice",
    ]

    /// - Throws: `repeated` for a member that comes twice.
    static func folded(_ node: JSONNode) throws(CreateRequest.Fault) -> JSONNode {
        switch node {
        case .array(let elements):
            var result: [JSONNode] = []
            for element in elements { result.append(try self.folded(element)) }
            return .array(result)
        case .object(let members):
            var result: [JSONNode.Member] = []
            var seen: Set<String> = []
            for member in members {
                let name = member.name.foldedName
                guard seen.insert(name).inserted else { throw .repeated(Printable.short(name, bytes: 64)) }
                result.append(.init(name, self.maps.contains(name) ? member.value : try self.folded(member.value)))
            }
            return .object(result)
        case .null, .bool, .number, .text: return node
        }
    }
}
