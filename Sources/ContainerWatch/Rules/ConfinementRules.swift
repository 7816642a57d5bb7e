import Base

extension Rule {
    static let seccompUnconfined = Rule(
        "seccomp-unconfined",
        .high,
        "The container may make every system call of the kernel.",
        remedy: "Remove `--security-opt seccomp=unconfined`; if a call is missing, use a profile that allows that one.",
        references: [.cis("5.22"), .podSecurityBaseline],
        ownsHost: true
    ) { document in
        if document.has("seccomp", "unconfined") {
            return [Remark(.high, "The seccomp filter is off (seccomp=unconfined).")]
        }
        // The engine has no profile for a privileged container, whatever the option says.
        guard !document.isPrivileged, let weakness = document.seccompProfiles.compactMap(\.weakness).first else {
            return []
        }
        return [Remark(.high, weakness)]
    }

    static let customSeccomp = Rule(
        "custom-seccomp",
        .low,
        "The container's system calls are filtered by a profile of its own.",
        remedy: "Compare the profile with the engine's default one, and keep only the differences that are needed.",
        references: [.cis("5.22")]
    ) { document in
        let known: Set = ["", "unconfined", "builtin", "default"]
        guard !document.isPrivileged,
            document.securityOptions.contains(where: { $0.key == "seccomp" && !known.contains($0.value) })
        else {
            return []
        }
        return [Remark(.low, "A custom seccomp profile replaces the engine's default one.")]
    }

    static let appArmorUnconfined = Rule(
        "apparmor-unconfined",
        .high,
        "AppArmor does not confine the container.",
        remedy: "Remove `--security-opt apparmor=unconfined`; if something is refused, write a profile that allows it.",
        references: [.cis("5.2"), .podSecurityBaseline],
        ownsHost: true
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

    static let noSecurityOptions = Rule(
        "no-security-options",
        .low,
        "The container has no security option of its own.",
        remedy: "Set `no-new-privileges`, and a profile of AppArmor or SELinux that allows what the program does.",
        references: [.cis("5.2"), .cis("5.3")]
    ) { document in
        let isConfined = ["AppArmorProfile", "ProcessLabel"].contains { !(document.root[$0]?.text ?? "").isEmpty }
        guard isConfined, !document.isPrivileged, document.securityOptions.isEmpty else { return [] }
        return [Remark(.low, "No security option is set (SecurityOpt is empty).")]
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
        let options = document.securityOptions.filter { $0.key == "label" }.map(\.value)
        guard !isImplied, let option = options.first(where: Self.isUnlabelled) else { return [] }
        return [Remark(.medium, "SELinux separation is off (label=\(option)).")]
    }

    /// Types that SELinux confines no more than a program of the host.
    private static let unconfinedTypes: Set = [
        "spc_t", "unconfined_t", "unconfined_service_t", "container_runtime_t", "docker_t", "init_t", "kernel_t",
    ]

    /// - Parameter option: what follows `label=`; the separators are as they were typed.
    private static func isUnlabelled(_ option: String) -> Bool {
        if option == "disable" { return true }
        guard option.hasPrefix("type:") || option.hasPrefix("type=") else { return false }
        return self.unconfinedTypes.contains(String(option.dropFirst(5)))
    }

    static let unmaskedSystemPaths = Rule(
        "unmasked-system-paths",
        .high,
        "Parts of /proc and /sys that the engine hides are visible, or may be written.",
        remedy:
            "Remove `--security-opt systempaths=unconfined`, and leave MaskedPaths and ReadonlyPaths to the engine.",
        references: [.podSecurityBaseline],
        ownsHost: true
    ) { document in
        // `null` is what a privileged container has, and what a request has that leaves the lists to the engine.
        guard !document.isPrivileged else { return [] }
        if document.has("systempaths", "unconfined") {
            return [Remark(.high, "No system path is masked (systempaths=unconfined).")]
        }
        if let option = document.securityOptions.first(where: {
            $0.key == "unmask" && SystemPaths.isOpened(by: $0.value)
        }) {
            return [Remark(.high, "System paths are not masked (unmask=\(option.value)).")]
        }
        let visible = SystemPaths.masked.missing(in: document.host["MaskedPaths"])
        let writable = SystemPaths.readOnly.missing(in: document.host["ReadonlyPaths"])
        guard !visible.isEmpty || !writable.isEmpty else { return [] }
        let parts = [("not masked", visible), ("not read-only", writable)].filter { !$0.1.isEmpty }
        let said = parts.map { "\($0.1.joined(separator: ", ")) \($0.1.count == 1 ? "is" : "are") \($0.0)" }
        return [Remark(.high, "Of the system paths \(said.joined(separator: "; ")).")]
    }

    static let writableCgroups = Rule(
        "writable-cgroups",
        .medium,
        "The container may write to its control groups, and change its own limits.",
        remedy:
            "Remove `--security-opt writable-cgroups`; a program that starts others as services needs it, others do not.",
        references: [.cis("5.25")]
    ) { document in
        let option = document.securityOptions.first { $0.key == "writable-cgroups" }
        guard let option, !document.isPrivileged, option.isOn else { return [] }
        return [Remark(.medium, "The control groups are writable (writable-cgroups).")]
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
        "The container runs below a control group that its settings name.",
        remedy: "Remove `--cgroup-parent` unless its limits are known and meant.",
        references: [.cis("5.25")]
    ) { document in
        guard let parent = document.host["CgroupParent"]?.text, !parent.isEmpty else { return [] }
        // Podman tells of its usual parents as of any other.
        if document.isOfPodman, ["user.slice", "machine.slice", "/libpod_parent"].contains(parent) { return [] }
        return [Remark(.low, "The container runs below the control group \(parent).")]
    }
}
