import Base

extension Rule {
    static let memoryUnlimited = Rule(
        "memory-unlimited",
        .low,
        "The container may use all of the host's memory.",
        remedy: "Set `--memory` (`mem_limit`).",
        references: [.cis("5.11")]
    ) { document in
        guard document.limit("Memory") == 0 else { return [] }
        return [Remark(.low, "The container has no memory limit.")]
    }

    static let cpuUnlimited = Rule(
        "cpu-unlimited",
        .low,
        "The container may use every processor of the host.",
        remedy: "Set `--cpus` (`cpus`) or `--cpu-shares`.",
        references: [.cis("5.12")]
    ) { document in
        let isLimited = document.limit("NanoCpus") > 0 || document.limit("CpuQuota") > 0
        guard !isLimited, document.limit("CpuShares") == 0 else { return [] }
        return [Remark(.low, "The container has no processor limit.")]
    }

    static let pidsUnlimited = Rule(
        "pids-unlimited",
        .low,
        "The container may start processes until the host has no more.",
        remedy: "Set `--pids-limit` (`pids_limit`).",
        references: [.cis("5.29")]
    ) { document in
        guard document.limit("PidsLimit") <= 0 else { return [] }
        return [Remark(.low, "The container has no limit of processes.")]
    }

    static let raisedUlimit = Rule(
        "raised-ulimit",
        .low,
        "A limit of resources is unlimited or higher than the engine's.",
        remedy: "Set `--ulimit` (`ulimits`) to what the program needs.",
        references: [.cis("5.19")]
    ) { document in
        (document.host["Ulimits"]?.elements ?? []).compactMap { entry in
            guard let name = entry["Name"]?.text, let hard = entry["Hard"]?.number else { return nil }
            let isUnlimited = hard < 0 || hard >= 1e18
            guard isUnlimited || name.lowercased().hasSuffix("nofile") && hard > Self.openFiles else { return nil }
            let limit = isUnlimited ? "unlimited" : "\(Int(exactly: hard) ?? .max)"
            return Remark(.low, "The limit \(name) is \(limit).", ["limit": .text(name)])
        }
    }

    /// What engines give: systemd's highest.
    private static let openFiles = 1_048_576.0

    static let unsafeSysctl = Rule(
        "unsafe-sysctl",
        .medium,
        "A kernel setting is changed that may reach beyond the container.",
        remedy: "Remove it from `--sysctl` (`sysctls`), or set it on the host with care.",
        references: [.podSecurityBaseline]
    ) { document in
        (document.host["Sysctls"]?.members ?? []).map(\.name).filter { !Self.safeSysctls.contains($0) }.map { name in
            Remark(.medium, "The kernel setting \(name) is changed.", ["sysctl": .text(name)])
        }
    }

    /// Those that Kubernetes' baseline lets through.
    private static let safeSysctls: Set = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
    ]

    static let restartAlways = Rule(
        "restart-always",
        .low,
        "A container that crashes, or is made to crash, is started again without end.",
        remedy: "Set `--restart on-failure:5` (`restart: on-failure:5`).",
        references: [.cis("5.15")]
    ) { document in
        let policy = document.host["RestartPolicy"]
        let retries = policy["MaximumRetryCount"]?.number ?? 0
        switch policy["Name"]?.text {
        case "always", "unless-stopped": return [Remark(.low, "The container is restarted without end.")]
        case "on-failure" where retries == 0 || retries > 5:
            return [Remark(.low, "The container is restarted more than five times after failures.")]
        default: return []
        }
    }

    static let noHealthcheck = Rule(
        "no-healthcheck",
        .low,
        "The engine does not notice when the program in the container hangs.",
        remedy: "Add `HEALTHCHECK` to the image or `healthcheck` to the compose file.",
        references: [.cis("5.27")]
    ) { document in
        let test = document.config["Healthcheck"]["Test"] ?? .array([])
        let isOff = test.elements.isEmpty || test == .array([.text("NONE")])
        // Podman tells of a state without a status where nothing is checked.
        let health = document.root["State"]["Health"] ?? document.root["State"]["Healthcheck"]
        let isWatched = health.map { !["", "none"].contains($0["Status"]?.text) } ?? false
        guard isOff, !isWatched else { return [] }
        return [Remark(.low, "The container has no health check.")]
    }
}

extension Rule {
    static let tooManySettings = Rule(
        "too-many-settings",
        .high,
        "The container has more settings of a kind than are judged.",
        remedy: "Look at the rest of the list by hand, and find out who wrote it: no program needs so many."
    ) { document in
        let lists = document.cutLists.map { list in
            let limit = ElementLimit.limit(of: list) ?? 0
            return Remark(.high, "Only the first \(limit) of \(list) were judged.", ["kind": .text(list)])
        }
        return lists + document.gaps.map(\.remark)
    }
}

extension ReferenceGap {
    fileprivate var remark: Remark {
        switch self {
        case .references(let most):
            Remark(
                .high,
                "Only the first \(most) of the containers, volumes and networks that it refers to were looked at.",
                ["kind": .text("references")]
            )
        case .paths:
            Remark(
                .high,
                "It names more paths of the host than are followed; links among the rest were not.",
                ["kind": .text("paths")]
            )
        case .name:
            Remark(
                .high,
                "It refers to a container by a name that no engine takes; what it refers to was not looked at.",
                ["kind": .text("names")]
            )
        case .mounts(let most):
            Remark(
                .high,
                "It takes over more than \(most) mounts of other containers; the rest were not judged.",
                ["kind": .text("VolumesFrom")]
            )
        }
    }
}
