extension Rule {
    static let seccompUnconfined = Rule(
        "seccomp-unconfined",
        .high,
        "The container may make every system call of the kernel.",
        remedy: "Remove `--security-opt seccomp=unconfined`; if a call is missing, use a profile that allows that one.",
        references: [.cis("5.22"), .podSecurityBaseline]
    ) { document in
        guard document.has("seccomp", "unconfined") else { return [] }
        return [Remark(.high, "The seccomp filter is off (seccomp=unconfined).")]
    }

    static let customSeccomp = Rule(
        "custom-seccomp",
        .low,
        "The container's system calls are filtered by a profile of its own.",
        remedy: "Compare the profile with the engine's default one, and keep only the differences that are needed.",
        references: [.cis("5.22")]
    ) { document in
        let known: Set = ["", "unconfined", "builtin", "default"]
        guard document.securityOptions.contains(where: { $0.key == "seccomp" && !known.contains($0.value) }) else {
            return []
        }
        return [Remark(.low, "A custom seccomp profile replaces the engine's default one.")]
    }

    static let appArmorUnconfined = Rule(
        "apparmor-unconfined",
        .high,
        "AppArmor does not confine the container.",
        remedy: "Remove `--security-opt apparmor=unconfined`; if something is refused, write a profile that allows it.",
        references: [.cis("5.2"), .podSecurityBaseline]
    ) { document in
        let isReported = document.root["AppArmorProfile"]?.text == "unconfined"
        guard isReported || document.has("apparmor", "unconfined") else { return [] }
        return [Remark(.high, "The AppArmor profile is off (apparmor=unconfined).")]
    }

    static let appArmorMissing = Rule(
        "apparmor-missing",
        .low,
        "The container has no AppArmor profile.",
        remedy: "Install and enable AppArmor on the host; on hosts with SELinux skip this rule.",
        references: [.cis("5.2")]
    ) { document in
        guard document.root["AppArmorProfile"]?.text == "" else { return [] }
        return [Remark(.low, "The container has no AppArmor profile.")]
    }

    static let selinuxDisabled = Rule(
        "selinux-disabled",
        .medium,
        "SELinux does not confine the container.",
        remedy: "Remove `--security-opt label=disable`; give mounts the option z or Z instead.",
        references: [.cis("5.3")]
    ) { document in
        // The engine adds the option by itself in these three cases, and they have rules of their own.
        let isImplied =
            document.isPrivileged || document.host("PidMode", is: "host")
            || document.host("IpcMode", is: "host")
        guard !isImplied, document.has("label", "disable") else { return [] }
        return [Remark(.medium, "SELinux separation is off (label=disable).")]
    }

    static let unmaskedSystemPaths = Rule(
        "unmasked-system-paths",
        .high,
        "The parts of /proc and /sys that the engine hides are visible and writable.",
        remedy: "Remove `--security-opt systempaths=unconfined`.",
        references: [.podSecurityBaseline]
    ) { document in
        // `null` is what a privileged container has; an empty list is what the option leaves behind.
        guard !document.isPrivileged, document.host["MaskedPaths"] == .array([]) else { return [] }
        return [Remark(.high, "No system path is masked (systempaths=unconfined).")]
    }

    static let writableRootFilesystem = Rule(
        "writable-root-filesystem",
        .low,
        "The container may change its own programs.",
        remedy: "Set `--read-only` (`read_only: true`) and mount volumes or tmpfs where it must write.",
        references: [.cis("5.13")]
    ) { document in
        guard document.host["ReadonlyRootfs"]?.bool != true else { return [] }
        return [Remark(.low, "The root filesystem is writable.")]
    }

    static let customCgroupParent = Rule(
        "custom-cgroup-parent",
        .low,
        "The container runs in a control group that somebody chose.",
        remedy: "Remove `--cgroup-parent` unless its limits are known and meant.",
        references: [.cis("5.25")]
    ) { document in
        guard let parent = document.host["CgroupParent"]?.text, !parent.isEmpty else { return [] }
        return [Remark(.low, "The container runs below the control group \(parent).")]
    }
}
