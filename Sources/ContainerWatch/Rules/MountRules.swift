extension Rule {
    static let dockerSocketMount = Rule(
        "docker-socket-mount",
        .critical,
        "The Docker socket is mounted into the container.",
        remedy: "Remove the mount, or put a socket filter between that allows only the calls the container needs.",
        references: [.cis("5.32"), .falco],
        ownsHost: true
    ) { document in
        document.mounts.binds.filter { $0.mountClass == .dockerSocket }.map { mount in
            mount.remark(
                .critical,
                "The Docker socket \(mount.source.text) is mounted: control of the container is control of the host, "
                    + "also with a read-only mount."
            )
        }
    }

    static let runtimeSocketMount = Rule(
        "runtime-socket-mount",
        .critical,
        "The socket of another container engine is mounted into the container.",
        remedy: "Remove the mount; a container that must start others gets an engine of its own.",
        references: [.falco],
        ownsHost: true
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
        references: [.cis("5.6"), .podSecurityBaseline, .falco],
        ownsHost: true
    ) { document in
        document.mounts.binds.compactMap { mount in
            switch mount.mountClass {
            case .socketFolder?, .sensitive?: mount.mountClass.map { mount.remark($0.severity, mount.detail($0)) }
            default: nil
            }
        }
    }

    static let hostControlSocket = Rule(
        "host-control-socket",
        .high,
        "A socket is mounted by which a service of the host runs programs as root.",
        remedy: "Remove the mount, or put a filter between that allows only the calls the container needs.",
        references: [.podSecurityBaseline],
        ownsHost: true
    ) { document in
        document.mounts.binds.filter { $0.mountClass == .hostSocket }.map { mount in
            mount.remark(
                .high,
                "The socket \(mount.source.text) is mounted: a service of the host that runs as root takes orders there."
            )
        }
    }

    static let hostKeysMount = Rule(
        "host-keys-mount",
        .medium,
        "Keys or passwords of an account are mounted into the container.",
        remedy: "Give the container a key of its own, with the rights it needs, as a secret.",
        references: [.cis("5.6")],
        ownsHost: true
    ) { document in
        document.mounts.binds.compactMap { mount in
            guard case .keys(let severity)? = mount.mountClass else { return nil }
            return mount.remark(severity, mount.detail(.keys(severity)))
        }
    }

    static let extraHostMount = Rule(
        "extra-host-mount",
        .high,
        "A folder of the host that programs, devices, accounts or applications live in is mounted into the container.",
        remedy: "Mount only the file or folder that is needed, read-only, or copy it into a volume.",
        references: [.cis("5.6"), .falco, .trivy("KSV121")],
        ownsHost: true
    ) { document in
        document.mounts.binds.compactMap { mount in
            guard case .extra(let severity)? = mount.mountClass else { return nil }
            return mount.remark(severity, mount.detail(.extra(severity)))
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
}

extension BindMount {
    var mountClass: MountClass? { MountClass(self.source, isReadOnly: self.isReadOnly, sockets: self.sockets) }

    /// "The host path X is mounted writable" and why that matters.
    func detail(_ kind: MountClass) -> String {
        "The host path \(self.source.text)\(self.link.map { ", by the link \($0.text)," } ?? "") is mounted \(kind.reason(self.isReadOnly ? "read-only" : "writable"))."
    }

    /// The members that every finding about a mount has.
    func remark(_ severity: Severity, _ detail: String) -> Remark {
        Remark(
            severity,
            detail,
            ["source": .text(self.source.text), "destination": .text(self.destination), "mode": .text(self.mode)]
        )
    }
}
