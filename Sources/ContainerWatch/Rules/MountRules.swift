extension Rule {
    static let dockerSocketMount = Rule(
        "docker-socket-mount",
        .critical,
        "The Docker socket is mounted into the container.",
        remedy: "Remove the mount, or put a socket filter between that allows only the calls the container needs.",
        references: [.cis("5.32"), .falco]
    ) { document in
        document.mounts.binds.filter { $0.mountClass == .dockerSocket }.map { mount in
            mount.remark(
                .critical,
                "The Docker socket \(mount.source.text) is mounted: whoever controls the container controls the host, "
                    + "also with a read-only mount."
            )
        }
    }

    static let runtimeSocketMount = Rule(
        "runtime-socket-mount",
        .critical,
        "The socket of another container engine is mounted into the container.",
        remedy: "Remove the mount; a container that must start others gets an engine of its own.",
        references: [.falco]
    ) { document in
        document.mounts.binds.filter { $0.mountClass == .otherEngineSocket }.map { mount in
            mount.remark(
                .critical,
                "The engine socket \(mount.source.text) is mounted: it starts containers with any right on the host."
            )
        }
    }

    static let sensitiveHostMount = Rule(
        "sensitive-host-mount",
        .high,
        "A system folder of the host is mounted into the container.",
        remedy: "Mount only the file or folder that is needed, read-only, or copy it into a volume.",
        references: [.cis("5.6"), .podSecurityBaseline, .falco]
    ) { document in
        document.mounts.binds.compactMap { mount in
            guard case .sensitive(let severity) = mount.mountClass else { return nil }
            let access = mount.isReadOnly ? "read-only" : "writable"
            return mount.remark(severity, "The host path \(mount.source.text) is mounted \(access).")
        }
    }

    static let extraHostMount = Rule(
        "extra-host-mount",
        .high,
        "A folder of the host that programs, devices or accounts live in is mounted into the container.",
        remedy: "Mount only the file or folder that is needed, read-only, or copy it into a volume.",
        references: [.cis("5.6"), .falco, .trivy("KSV121")]
    ) { document in
        document.mounts.binds.filter { $0.mountClass == nil && Self.isExtra($0.source) }.map { mount in
            let access = mount.isReadOnly ? "read-only" : "writable"
            return mount.remark(
                mount.isReadOnly ? .medium : .high,
                "The host path \(mount.source.text) is mounted \(access)."
            )
        }
    }

    static let unknownSocketOnDockerPath = Rule(
        "unknown-socket-on-docker-path",
        .medium,
        "Something that is not known as the Docker socket is mounted where programs look for it.",
        remedy: "Check that the source is a socket filter and that its rules allow only what the container needs."
    ) { document in
        document.mounts.binds.compactMap { mount in
            guard mount.mountClass != .dockerSocket,
                let destination = HostPath(mount.destination), EngineSocket(destination) == .docker
            else { return nil }
            return mount.remark(
                .medium,
                "\(mount.source.text) is mounted as \(destination.text): the container talks to some engine through it."
            )
        }
    }

    static let mountPropagationShared = Rule(
        "mount-propagation-shared",
        .medium,
        "What the container mounts below a bind mount appears on the host.",
        remedy: "Leave the propagation at its default, rprivate, or use rslave when the container must see new mounts.",
        references: [.cis("5.20")]
    ) { document in
        document.mounts.binds.compactMap { mount in
            guard let word = mount.propagation.first(where: { ["shared", "rshared"].contains($0) }) else { return nil }
            return mount.remark(
                .medium,
                "\(mount.source.text) is mounted with the propagation \(word): the container can mount on the host."
            )
        }
    }

    private static let extraPaths = [HostPath](
        fixed: "/boot",
        "/dev",
        "/lib",
        "/lib64",
        "/usr",
        "/bin",
        "/sbin",
        "/home",
        "/var",
        "/var/lib"
    )
    private static let extraPathsWithAllBelow = [HostPath](
        fixed: "/var/log",
        "/var/lib/kubelet",
        "/var/lib/containerd",
        "/var/lib/containers",
        "/var/spool/cron"
    )

    private static func isExtra(_ path: HostPath) -> Bool {
        self.extraPaths.contains(where: path.isAtOrOneBelow)
            || self.extraPathsWithAllBelow.contains(where: path.isAtOrBelow)
    }
}
