import Base

extension Rule {
    static let privilegedContainer = Rule(
        "privileged-container",
        .critical,
        "The container runs with every capability, every device and no confinement.",
        remedy: "Remove `--privileged`; add the one capability or device that is really needed.",
        references: [.cis("5.5"), .podSecurityBaseline, .falco],
        ownsHost: true
    ) { document in
        guard document.isPrivileged else { return [] }
        let ignored =
            document.securityOptions.contains { $0.key == "seccomp" && !["", "unconfined"].contains($0.value) }
            ? " The engine ignores its seccomp profile." : ""
        return [
            Remark(.critical, "The container is privileged: it can take over the host without another step.\(ignored)")
        ]
    }

    static let dangerousCapability = Rule(
        "dangerous-capability",
        .high,
        "A capability is added that takes a wall of the container down.",
        remedy: "Remove it from `--cap-add` (`cap_add`); most programs run without.",
        references: [.cis("5.4"), .podSecurityBaseline],
        ownsHost: true
    ) { document in
        let added = document.addedCapabilities.filter(Capability.dangerous.contains)
        let defaults = document.defaultCapabilities
        let isDropped = document.dropsAllCapabilities
        let hasAll = added.contains("ALL")
        return added.compactMap { name in
            guard !hasAll, defaults.contains(name) else {
                let severity = hasAll || !Capability.byDefault.contains(name) ? Severity.high : .medium
                return Remark(severity, "The capability \(name) is added.", ["capability": .text(name)])
            }
            // Among the default ones it changes nothing.
            guard isDropped else { return nil }
            return Remark(
                .medium,
                "The capability \(name) is added back to a container that dropped the others.",
                ["capability": .text(name)]
            )
        }
    }

    static let addedCapability = Rule(
        "added-capability",
        .medium,
        "A capability is added that a container does not have by default.",
        remedy: "Remove it from `--cap-add` (`cap_add`) if the program runs without.",
        references: [.cis("5.4"), .podSecurityBaseline]
    ) { document in
        document.addedCapabilities.filter { name in
            !Capability.dangerous.contains(name) && !Capability.harmless.contains(name)
        }.map { name in
            Remark(.medium, "The capability \(name) is added.", ["capability": .text(name)])
        }
    }

    static let capabilitiesNotDropped = Rule(
        "capabilities-not-dropped",
        .low,
        "The container keeps the engine's default capabilities.",
        remedy: "Set `--cap-drop ALL` (`cap_drop: [ALL]`) and add back what the program needs.",
        references: [.podSecurityRestricted]
    ) { document in
        guard !document.dropsAllCapabilities else { return [] }
        return [Remark(.low, "The default capabilities are not dropped (CapDrop has no ALL).")]
    }

    static let newPrivilegesAllowed = Rule(
        "new-privileges-allowed",
        .low,
        "A process in the container may gain privileges through set-user-ID programs.",
        remedy: "Set `--security-opt no-new-privileges` (`security_opt: [no-new-privileges:true]`).",
        references: [.cis("5.26"), .podSecurityRestricted]
    ) { document in
        guard !document.securityOptions.contains(where: { $0.key == "no-new-privileges" && $0.isOn }) else { return [] }
        return [Remark(.low, "Processes may gain privileges (no-new-privileges is not set).")]
    }

    static let rootUser = Rule(
        "root-user",
        .medium,
        "The container's first process is root.",
        remedy: "Set `USER` in the image or `--user` (`user:`) to an account without rights.",
        references: [.cis("4.1"), .podSecurityRestricted]
    ) { document in
        guard document.user.isRoot else { return [] }
        let text = document.user.text
        return [
            Remark(
                .medium,
                text.trimmingSpace.isEmpty
                    ? "The container runs as root (no user is set)." : "The container runs as root (user '\(text)').",
                ["user": .text(text)]
            )
        ]
    }

    static let rootGroup = Rule(
        "root-group",
        .low,
        "The container's user is a member of a group that owns much of the host.",
        remedy: "Set the group of `--user` to one without rights, and remove the group from `--group-add`.",
        references: [.podSecurityRestricted]
    ) { document in
        var groups: [String] = []
        if !document.user.isRoot, document.user.hasRootGroup { groups.append("the primary group root") }
        for group in document.host["GroupAdd"]?.texts ?? [] where ContainerUser.isRoot(group) || group == "docker" {
            groups.append("the added group \(group)")
        }
        guard !groups.isEmpty else { return [] }
        return [Remark(.low, "The container's user has \(groups.joined(separator: " and ")).")]
    }
}
