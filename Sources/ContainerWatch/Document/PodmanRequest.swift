import Base

/// The body of Podman's own `POST /libpod/containers/create`, brought into the form of an inspect document.
///
/// A member that is not known is a reason not to judge: a newer Podman may give the host away through it.
package enum PodmanRequest {
    package static func read(_ body: [UInt8], name: String) throws(CreateRequest.Fault) -> CreateRequest {
        let spec = PodmanSpec(try PodmanNames.folded(try RequestBody.read(body)))
        try self.check(spec.root, for: PodmanNames.known)
        // These name programs and files of the host that Podman itself runs and writes.
        if spec.text("oci_runtime").utf8.contains(UInt8(ascii: "/")) {
            throw .opaque("the path of a runtime (oci_runtime)")
        }
        if !(spec.root["log_configuration"]["path"]?.text ?? "").isEmpty { throw .opaque("the path of a log") }
        if !["", "local", "events_logger"].contains(spec.text("healthlogdestination")) {
            throw .opaque("the folder of a health check's log (healthLogDestination)")
        }
        // Without a control group the runtime has nowhere to attach the filter for devices.
        let groups = spec.text("cgroups_mode")
        guard ["", "enabled", "no-conmon", "split"].contains(groups) else {
            throw .opaque("the mode '\(Printable.short(groups, bytes: 64))' of control groups (cgroups_mode)")
        }
        // Whose namespaces it shares then, only Podman knows.
        if !spec.text("pod").isEmpty { throw .opaque("a pod to join (pod)") }
        if spec.root["mounts"]?.elements.contains(where: { $0["type"]?.text == "glob" }) ?? false {
            throw .opaque("a mount of the type glob")
        }
        let host = JSONNode.object(spec.namespaces + spec.host)
        let config = JSONNode.object([
            .init("User", spec.root["user"] ?? .null), .init("Image", spec.root["image"] ?? .null),
            .init("Env", .array((spec.root["env"]?.members ?? []).map { .text("\($0.name)=\($0.value.text ?? "")") })),
            .init("ExposedPorts", .object((spec.root["expose"]?.members ?? []).map { .init($0.name, .object([])) })),
        ])
        let own = spec.text("name")
        return CreateRequest(
            documents: try CreateRequest.documents(hosts: [host], config: config, name: own.isEmpty ? name : own)
        )
    }

    /// The body of `POST /libpod/containers/{name}/update`: the limits of a container that exists, and its rules for devices.
    package static func update(_ body: [UInt8], name: String) throws(CreateRequest.Fault) -> CreateRequest {
        let root = try PodmanNames.folded(try RequestBody.read(body))
        try self.check(root, for: PodmanNames.ofUpdate)
        if !["", "local", "events_logger"].contains(root["health_log_destination"]?.text ?? "") {
            throw .opaque("the folder of a health check's log (health_log_destination)")
        }
        let rules = PodmanSpec.deviceRules(root["devices"]?.elements ?? [])
        let host = JSONNode.object([.init("DeviceCgroupRules", .array(rules.map { .text($0) }))])
        return CreateRequest(
            documents: try CreateRequest.documents(hosts: [host], config: .object([]), name: name)
        )
    }

    private static func check(_ root: JSONNode, for known: Set<String>) throws(CreateRequest.Fault) {
        for member in root.members where !known.contains(member.name) {
            guard self.isEmpty(member.value) else { throw .opaque("'\(Printable.short(member.name, bytes: 64))'") }
        }
    }

    private static func isEmpty(_ value: JSONNode) -> Bool {
        switch value {
        case .null, .bool(false), .text(""), .number(0): true
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }
}

/// Podman's words, translated into those of `HostConfig`.
private struct PodmanSpec {
    let root: JSONNode

    init(_ root: JSONNode) {
        self.root = root
    }

    func text(_ name: String) -> String { self.root[name]?.text ?? "" }

    var namespaces: [JSONNode.Member] {
        let fields = [
            ("netns", "NetworkMode"), ("pidns", "PidMode"), ("ipcns", "IpcMode"), ("utsns", "UTSMode"),
            ("userns", "UsernsMode"),
            ("cgroupns", "CgroupnsMode"),
        ]
        return fields.map { own, field in
            let (mode, value) = (self.root[own]["nsmode"]?.text ?? "", self.root[own]["value"]?.text ?? "")
            let text =
                switch mode {
                case "container": "container:\(value)"
                case "path": "ns:\(value)"
                default: mode
                }
            return .init(field, .text(text))
        }
    }

    var host: [JSONNode.Member] {
        [
            .init("Privileged", self.root["privileged"] ?? .null),
            .init("CapAdd", self.root["cap_add"] ?? .null),
            .init("CapDrop", self.root["cap_drop"] ?? .null),
            .init("GroupAdd", self.root["groups"] ?? .null),
            .init("Sysctls", self.root["sysctl"] ?? .null),
            .init("CgroupParent", self.root["cgroup_parent"] ?? .null),
            .init("ReadonlyRootfs", self.root["read_only_filesystem"] ?? .null),
            .init("PublishAllPorts", self.root["publish_image_ports"] ?? .null),
            .init("VolumesFrom", self.root["volumes_from"] ?? .null),
            .init("SecurityOpt", .array(self.options.map { .text($0) })),
            .init("Devices", .array(self.devices.map { .object([.init("PathOnHost", .text($0))]) })),
            .init("DeviceCgroupRules", .array(self.deviceRules.map { .text($0) })),
            .init("Mounts", .array(self.mounts)),
            .init("PortBindings", .object(self.ports)),
        ]
    }

    private var options: [String] {
        var options: [String] = []
        let seccomp = self.text("seccomp_profile_path")
        if !seccomp.isEmpty { options.append("seccomp=\(seccomp)") }
        let appArmor = self.text("apparmor_profile")
        if !appArmor.isEmpty { options.append("apparmor=\(appArmor)") }
        options += (self.root["selinux_opts"]?.texts ?? []).map { "label=\($0)" }
        options += (self.root["unmask"]?.texts ?? []).map { "unmask=\($0)" }
        if self.root["no_new_privileges"]?.bool == true { options.append("no-new-privileges") }
        return options
    }

    /// A path, or `source:destination:permissions`.
    private var devices: [String] {
        let entries = (self.root["devices"]?.elements ?? []) + (self.root["host_device_list"]?.elements ?? [])
        return entries.compactMap { $0["path"]?.text }.map {
            String(Substring($0.utf8.prefix { $0 != UInt8(ascii: ":") }))
        }
    }

    private var deviceRules: [String] {
        let limits = self.root["resource_limits"]["devices"]?.elements ?? []
        return Self.deviceRules((self.root["device_cgroup_rule"]?.elements ?? []) + limits)
    }

    /// As `HostConfig.DeviceCgroupRules` has them.
    static func deviceRules(_ entries: [JSONNode]) -> [String] {
        entries.filter { $0["allow"]?.bool != false }.map { entry in
            let number = { (name: String) in
                entry[name]?.number.flatMap { Int(exactly: $0) }.flatMap { $0 < 0 ? nil : "\($0)" } ?? "*"
            }
            let kind = entry["type"]?.text ?? ""
            return
                "\(kind.isEmpty ? "a" : kind) \(number("major")):\(number("minor")) \(entry["access"]?.text ?? "rwm")"
        }
    }

    /// The file of the host from which Podman, as root, copies lines into the container's own list of hosts. A path without a
    /// slash in front begins in Podman's own folder, which usually is the top.
    private var baseOfHosts: JSONNode? {
        let path = self.text("base_hosts_file")
        guard !["", "image", "none"].contains(path) else { return nil }
        return Self.bind(path.utf8.first == UInt8(ascii: "/") ? path : "/\(path)", isReadOnly: true)
    }

    private var mounts: [JSONNode] {
        let whole = self.root["rootfs"]?.text.map {
            Self.bind($0, isReadOnly: self.root["rootfs_overlay"]?.bool == true)
        }
        let program = self.root["init_path"]?.text.map { Self.bind($0, isReadOnly: true) }
        let named = (self.root["volumes"]?.elements ?? []).map { volume in
            JSONNode.object([
                .init("Type", .text("volume")), .init("Source", volume["name"] ?? .null),
                .init("Target", volume["dest"] ?? .null),
            ])
        }
        let overlays = (self.root["overlay_volumes"]?.elements ?? []).flatMap { volume in
            [Self.bind(volume["source"]?.text ?? "", isReadOnly: true)]
                + Self.options(volume).filter {
                    $0.utf8.starts(with: "upperdir=".utf8) || $0.utf8.starts(with: "workdir=".utf8)
                }
                .map { Self.fileSystem("overlay", device: "overlay", options: $0) }
        }
        return [whole, program, self.baseOfHosts].compactMap(\.self) + named + overlays
            + (self.root["mounts"]?.elements ?? []).compactMap(Self.mount)
    }

    /// As the runtime reads an entry: the option `bind` makes a bind mount of any type.
    private static func mount(_ mount: JSONNode) -> JSONNode? {
        let options = self.options(mount)
        let type = mount["type"]?.text ?? ""
        let source = mount["source"]?.text ?? ""
        if type.isEmpty || type == "bind" || options.contains("bind") || options.contains("rbind") {
            let last = options.last { $0 == "ro" || $0 == "rw" }
            return self.bind(source, to: mount["destination"]?.text, isReadOnly: last == "ro", options)
        }
        if ["tmpfs", "ramfs", "devpts", "mqueue", "image", "glob", "artifact"].contains(type) { return nil }
        return self.fileSystem(type, device: source, options: options.joined(separator: ","))
    }

    private static func options(_ mount: JSONNode) -> [String] { mount["options"]?.texts ?? [] }

    private static func bind(
        _ source: String,
        to destination: String? = nil,
        isReadOnly: Bool,
        _ options: [String] = []
    ) -> JSONNode {
        let propagation = options.first { ["shared", "rshared", "slave", "rslave"].contains($0) } ?? ""
        return .object([
            .init("Type", .text("bind")), .init("Source", .text(source)), .init("Target", .text(destination ?? "")),
            .init("ReadOnly", .bool(isReadOnly)),
            .init("BindOptions", .object([.init("Propagation", .text(propagation))])),
        ])
    }

    /// What mounts the same through a volume.
    private static func fileSystem(_ type: String, device: String, options: String) -> JSONNode {
        let own = JSONNode.object([
            .init("type", .text(type)), .init("device", .text(device)), .init("o", .text(options)),
        ])
        return .object([
            .init("Type", .text("volume")), .init("Source", .text(type)),
            .init("VolumeOptions", .object([.init("DriverConfig", .object([.init("Options", own)]))])),
        ])
    }

    private var ports: [JSONNode.Member] {
        (self.root["portmappings"]?.elements ?? []).compactMap { port in
            guard let number = port["container_port"]?.number.flatMap({ Int(exactly: $0) }) else { return nil }
            let published = port["host_port"]?.number.flatMap { Int(exactly: $0) } ?? number
            let binding = JSONNode.object([
                .init("HostIp", port["host_ip"] ?? .text("")), .init("HostPort", .text("\(published)")),
            ])
            return .init("\(number)/\(port["protocol"]?.text ?? "tcp")", .array([binding]))
        }
    }
}
