package import Base

/// What `docker inspect` says about one container, read into the terms that rules talk in.
///
/// Never fails: a field that is missing, `null` or of another type counts as absent, and hides nothing else.
package struct InspectDocument: Sendable {
    /// The full id, empty when the document has none.
    package let id: String
    /// Without leading slashes; else the start of the id; else `(unknown)`.
    package let name: String
    /// As it was asked for, empty when unknown.
    package let image: String
    /// Names of the volumes that are mounted, as `GET /volumes/{name}` takes them.
    package var volumes: [String] { self.mounts.volumes }
    /// When it was last started, RFC 3339 as the engine writes it; `nil` when it never was.
    package var startedAt: String? { self.root["State"]["StartedAt"]?.text.flatMap { $0.isEmpty ? nil : $0 } }

    /// With no list longer than its limit.
    let root: JSONNode
    /// Names of the lists that were longer, and so were not judged as a whole.
    let cutLists: [String]
    var mounts: MountList
    /// Volumes that the document itself says the options of.
    var ownVolumes: [VolumeDocument]
    /// Fields of `HostConfig` by which it has a namespace of the host through another container or a network.
    var inheritedFields: Set<String> = []
    /// Where paths of the host lead, as far as the host was asked.
    var links: [String: String] = [:]
    /// What it refers to and was not looked at.
    var gaps: [ReferenceGap] = []
    let ports: [ContainerPort]
    let addedCapabilities: [String]
    let droppedCapabilities: [String]
    let securityOptions: [SecurityOption]
    let user: ContainerUser

    package init(_ document: JSONNode) {
        let (root, cutLists) = ElementLimit.applied(to: document)
        self.root = root
        self.cutLists = cutLists
        self.id = root["Id"]?.text ?? ""
        let slash = UInt8(ascii: "/")
        let named = String(Substring((root["Name"]?.text ?? "").utf8.drop { $0 == slash }))
        let short = String(self.id.prefix(12))
        self.name = !named.isEmpty ? named : !short.isEmpty ? short : "(unknown)"
        self.image = root["Config"]["Image"]?.text ?? ""
        self.mounts = MountList(document: root)
        self.ownVolumes = (root["HostConfig"]["Mounts"]?.elements ?? []).compactMap { VolumeDocument(mount: $0) }
        self.ports = ContainerPort.all(in: root)
        let host = root["HostConfig"]
        self.addedCapabilities = Self.distinct(host["CapAdd"]?.texts.map(Capability.normalised) ?? [])
        self.droppedCapabilities = host["CapDrop"]?.texts.map(Capability.normalised) ?? []
        self.securityOptions = host["SecurityOpt"]?.texts.map(SecurityOption.init) ?? []
        self.user = ContainerUser(text: root["Config"]["User"]?.text ?? "")
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { !$0.isEmpty && seen.insert($0).inserted }
    }
}

extension InspectDocument {
    var config: JSONNode? { self.root["Config"] }
    var host: JSONNode? { self.root["HostConfig"] }
    var isPrivileged: Bool { self.host["Privileged"]?.bool == true }

    func has(_ key: String, _ value: String) -> Bool {
        self.securityOptions.contains { $0.key == key && $0.value == value }
    }

    /// The seccomp profiles that the container brings along. The engine takes the last one, but two of them are a reason to look
    /// at both.
    var seccompProfiles: [SeccompProfile] {
        let texts = self.securityOptions.filter { $0.key == "seccomp" && $0.value.utf8.first == UInt8(ascii: "{") }
        let capabilities = self.defaultCapabilities.union(self.addedCapabilities)
        return texts.map { SeccompProfile($0.value, capabilities: capabilities) }
    }

    /// What the engine gives to a container that asks for nothing.
    var defaultCapabilities: Set<String> {
        self.isOfPodman ? Capability.byDefault.subtracting(Capability.notOfPodman) : Capability.byDefault
    }

    /// Whether `CapDrop` leaves nothing of what the engine gives: `ALL`, or every one by its name as Podman writes it.
    var dropsAllCapabilities: Bool {
        let dropped = Set(self.droppedCapabilities)
        return dropped.contains("ALL") || dropped.isSuperset(of: self.defaultCapabilities)
    }

    /// Podman lists what a container may do in the end, which Docker does not.
    var isOfPodman: Bool {
        self.root.members.contains { $0.name == "BoundingCaps" || $0.name == "EffectiveCaps" }
            || self.host["CgroupManager"] != nil
    }

    /// Paths of the devices that are passed in, as written. One without a slash in front begins in the engine's own folder, which
    /// usually is the top, unless it is a name such as `vendor.com/gpu=0`.
    var devicePaths: [String] {
        (self.host["Devices"]?.elements ?? []).compactMap { $0["PathOnHost"]?.text }.map { path in
            let isName = path.isEmpty || path.utf8.first == UInt8(ascii: "/") || path.utf8.contains(UInt8(ascii: "="))
            return isName ? path : "/\(path)"
        }
    }

    /// Whether a namespace is the host's. Podman also takes one by its path; one of any process may be the host's, because only a
    /// container's own number tells whose it is.
    func sharesHost(_ field: String) -> Bool {
        if self.inheritedFields.contains(field) { return true }
        guard let mode = self.host[field]?.text else { return false }
        if mode == "host" { return true }
        guard mode.utf8.starts(with: "ns:".utf8) else { return false }
        return HostPath(String(Substring(mode.utf8.dropFirst(3))))?.names.first == "proc"
    }

    /// Whether a field of `HostConfig` is that text.
    func host(_ field: String, is value: String) -> Bool { self.host[field]?.text == value }

    /// A number of `HostConfig`; absent is 0, as the engine has it.
    func limit(_ field: String) -> Double { self.host[field]?.number ?? 0 }
}
