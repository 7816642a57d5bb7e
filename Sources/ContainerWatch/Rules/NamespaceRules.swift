import Base

extension Rule {
    static let hostPIDNamespace = Rule(
        "host-pid-namespace",
        .high,
        "The container sees and may signal every process of the host.",
        remedy: "Remove `--pid host` (`pid: host` in a compose file).",
        references: [.cis("5.16"), .podSecurityBaseline],
        ownsHost: true
    ) { document in
        guard document.sharesHost("PidMode") else { return [] }
        return [Remark(.high, "The container shares the host's process namespace (PidMode host).")]
    }

    static let hostNetwork = Rule(
        "host-network",
        .high,
        "The container uses the host's network: its interfaces, its loopback, its listening sockets.",
        remedy: "Remove `--network host` (`network_mode: host`) and publish the ports that are needed.",
        references: [.cis("5.10"), .podSecurityBaseline],
        ownsHost: true
    ) { document in
        let mode = document.host["NetworkMode"]?.text
        let isAttached = document.root["NetworkSettings"]["Networks"]?.members.contains { $0.name == "host" } ?? false
        guard document.sharesHost("NetworkMode") || mode == nil && isAttached else { return [] }
        return [Remark(.high, "The container shares the host's network namespace (NetworkMode host).")]
    }

    static let hostIPCNamespace = Rule(
        "host-ipc-namespace",
        .high,
        "The container can read and write the shared memory of the host's processes.",
        remedy: "Remove `--ipc host` (`ipc: host`).",
        references: [.cis("5.17"), .podSecurityBaseline],
        ownsHost: true
    ) { document in
        guard document.sharesHost("IpcMode") else { return [] }
        return [Remark(.high, "The container shares the host's IPC namespace (IpcMode host).")]
    }

    static let hostUTSNamespace = Rule(
        "host-uts-namespace",
        .medium,
        "The container sees the host's name and may change it with one more capability.",
        remedy: "Remove `--uts host` (`uts: host`).",
        references: [.cis("5.21")]
    ) { document in
        guard document.sharesHost("UTSMode") else { return [] }
        return [Remark(.medium, "The container shares the host's UTS namespace (UTSMode host).")]
    }

    static let hostUserNamespace = Rule(
        "host-user-namespace",
        .medium,
        "The container is excepted from the engine's user namespace: its root is the host's root.",
        remedy: "Remove `--userns host` (`userns_mode: host`).",
        references: [.cis("5.31")]
    ) { document in
        guard document.host("UsernsMode", is: "host") else { return [] }
        return [Remark(.medium, "The container is excepted from user namespace remapping (UsernsMode host).")]
    }

    static let hostCgroupNamespace = Rule(
        "host-cgroup-namespace",
        .low,
        "The container sees the host's control groups.",
        remedy: "Set `--cgroupns private`; on hosts with cgroup v1 the default is host."
    ) { document in
        // Podman has another name for the field.
        guard let field = ["CgroupnsMode", "CgroupMode"].first(where: document.sharesHost) else { return [] }
        return [Remark(.low, "The container shares the host's cgroup namespace (\(field) host).")]
    }

    static let sharedNamespace = Rule(
        "shared-namespace",
        .low,
        "The container shares a namespace with another container.",
        remedy: "Share a namespace only between containers that trust each other fully.",
        references: [.cis("5.16"), .cis("5.17")]
    ) { document in
        let kinds = [("pid", "PidMode"), ("ipc", "IpcMode"), ("network", "NetworkMode")]
        return kinds.compactMap { kind, field in
            guard let mode = document.host[field]?.text, mode.utf8.starts(with: "container:".utf8) else { return nil }
            let other = String(Substring(mode.utf8.dropFirst("container:".utf8.count)))
            return Remark(
                .low,
                "The container shares the \(kind) namespace of the container \(other).",
                ["kind": .text(kind), "container": .text(other)]
            )
        }
    }
}
