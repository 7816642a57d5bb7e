import Base

/// A path of the host inside a container.
struct BindMount: Sendable, Equatable {
    let source: HostPath
    /// The path that was asked for, when a symbolic link leads from there to the source.
    var link: HostPath?
    /// As written.
    let destination: String
    /// Also of what is mounted on the host below the source.
    let isReadOnly: Bool
    /// Words such as `rshared`, from the propagation field and the known ones of the bind options.
    let propagation: [String]
    /// Those of the engine that was asked.
    var sockets: [HostPath] = []

    var mode: String { self.isReadOnly ? "ro" : "rw" }
}

/// Everything that is mounted, gathered from the three places where a document may say so.
struct MountList: Sendable {
    private(set) var binds: [BindMount] = []
    /// Names of volumes, for asking the engine what is behind them.
    private(set) var volumes: [String] = []
    private(set) var writableVolumes: [String] = []
    private(set) var readOnlyVolumes: [String] = []
    /// Bytes, because two destinations that look alike are two mounts.
    private var destinations: Set<[UInt8]> = []
    /// Destinations whose mounts are read-only at the top and writable where the host has mounted something below.
    private var shallow: Set<[UInt8]> = []

    /// What the engine mounted comes first; the configuration adds what is not among it, as with a container that
    /// was never started.
    init(document: JSONNode) {
        let requested = document["HostConfig"]["Mounts"]?.elements ?? []
        for entry in requested where entry["BindOptions"]["ReadOnlyNonRecursive"]?.bool == true {
            self.shallow.insert(Array(HostPath.normalised(entry["Target"]?.text ?? "").utf8))
        }
        for entry in document["Mounts"]?.elements ?? [] { self.add(Entry(mount: entry), always: true) }
        for entry in requested { self.add(Entry(hostMount: entry)) }
        for entry in document["HostConfig"]["Binds"]?.texts ?? [] { self.add(Entry(bind: entry)) }
    }

    var count: Int { self.binds.count + self.volumes.count }

    /// Adds the mounts of another container.
    mutating func takeOver(_ other: MountList) {
        self.binds += other.binds
        self.volumes += other.volumes
    }

    /// Takes note of where the engine's own sockets are.
    mutating func know(_ sockets: [HostPath]) {
        for index in self.binds.indices { self.binds[index].sockets = sockets }
    }

    /// Adds what the sources lead to.
    mutating func follow(_ links: [String: String]) {
        self.binds += self.binds.compactMap { bind in
            guard let target = links[bind.source.text].flatMap({ HostPath($0) }) else { return nil }
            let followed = BindMount(
                source: target,
                link: bind.source,
                destination: bind.destination,
                isReadOnly: bind.isReadOnly,
                propagation: bind.propagation,
                sockets: bind.sockets
            )
            // `/bin` is a link as well; what it leads to says nothing new.
            guard let severity = followed.mountClass?.severity else { return nil }
            return bind.mountClass.map { $0.severity >= severity } ?? false ? nil : followed
        }
    }

    private mutating func add(_ entry: Entry, always: Bool = false) {
        let destination = Array(HostPath.normalised(entry.destination).utf8)
        // An entry without a destination hides nothing and is hidden by nothing.
        if !entry.destination.isEmpty {
            let isNew = self.destinations.insert(destination).inserted
            if !isNew && !always { return }
        }
        switch entry.kind {
        case "bind", "npipe":
            guard let source = HostPath(entry.source) ?? HostPath(windows: entry.source) else { return }
            self.binds.append(
                BindMount(
                    source: source,
                    destination: entry.destination,
                    isReadOnly: entry.isReadOnly && !self.shallow.contains(destination),
                    propagation: entry.propagation
                )
            )
        case "volume":
            self.volumes.append(entry.source)
            guard !entry.source.isEmpty else { return }
            if entry.isReadOnly {
                self.readOnlyVolumes.append(entry.source)
            } else {
                self.writableVolumes.append(entry.source)
            }
        default: break
        }
    }
}

/// One line of any of the three lists.
private struct Entry {
    var kind: String
    /// A path, or the name of a volume.
    var source: String
    var destination: String
    var isReadOnly: Bool
    var propagation: [String]

    /// Of `Mounts`: what the engine did.
    init(mount: JSONNode) {
        let options = BindOptions(mount["Mode"]?.text ?? "")
        let name = mount["Name"]?.text
        let type = mount["Type"]?.text ?? ""
        self.kind = type.isEmpty ? (name == nil ? "bind" : "volume") : type
        self.source = (self.kind == "volume" ? name : mount["Source"]?.text) ?? ""
        self.destination = mount["Destination"]?.text ?? ""
        self.isReadOnly = mount["RW"]?.bool.map { !$0 } ?? options.isReadOnly
        self.propagation = options.propagation + [mount["Propagation"]?.text ?? ""]
    }

    /// Of `HostConfig.Mounts`: what was asked for with `--mount`.
    init(hostMount: JSONNode) {
        self.kind = hostMount["Type"]?.text ?? ""
        self.source = hostMount["Source"]?.text ?? ""
        self.destination = hostMount["Target"]?.text ?? ""
        self.isReadOnly = hostMount["ReadOnly"]?.bool ?? false
        self.propagation = [hostMount["BindOptions"]["Propagation"]?.text ?? ""]
    }

    /// Of `HostConfig.Binds`: what was asked for with `--volume`, as `source:destination[:options]`.
    init(bind: String) {
        // The colon of a drive of Windows belongs to the source. With a slash behind it, it is a volume with a short name.
        let start = bind.utf8.prefix(3)
        let isDrive = start.contains(UInt8(ascii: "\\")) && HostPath(windows: String(Substring(start))) != nil
        let drive = isDrive ? 2 : 0
        let parts = bind.utf8.dropFirst(drive)
            .split(separator: UInt8(ascii: ":"), maxSplits: 2, omittingEmptySubsequences: false)
            .map { String(Substring($0)) }
        let options = BindOptions(parts.count > 2 ? parts[2] : "")
        let source = (String(Substring(bind.utf8.prefix(drive)))) + parts[0]
        self.source = parts.count > 1 ? source : ""
        self.destination = parts.count > 1 ? parts[1] : source
        self.kind = drive > 0 || self.source.utf8.first == UInt8(ascii: "/") ? "bind" : "volume"
        self.isReadOnly = options.isReadOnly
        self.propagation = options.propagation
    }
}

/// The words after a bind mount's destination, separated by commas. Only known words are kept, each once, so that a list
/// of a million words costs no memory.
private struct BindOptions {
    private(set) var isReadOnly = false
    private(set) var propagation: [String] = []

    private static let propagationWords = ["shared", "rshared", "slave", "rslave", "private", "rprivate"]

    init(_ text: String) {
        for word in Pieces(of: text, separator: ",") {
            switch word {
            case "ro": self.isReadOnly = true
            // The last one counts.
            case "rw": self.isReadOnly = false
            default:
                if let known = Self.propagationWords.first(where: { $0 == word }), !self.propagation.contains(known) {
                    self.propagation.append(known)
                }
            }
        }
    }
}
