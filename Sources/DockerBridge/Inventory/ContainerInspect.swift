import Base
package import NIOCore

/// Reads an engine's inspect document (`GET /containers/{id}/json`) in one walk.
package struct ContainerInspect {
    private var record = ContainerRecord(id: "", name: "", status: .stopped, imageID: "", imageName: "")
    private var state = State()
    private var ports = PortList()
    /// What has been kept of texts that a client may make as long as it likes.
    private var keptBytes = 0

    /// A record stays in memory for as long as its container exists, so that what is kept of one has a limit.
    static let maximumBytes = 256 * 1024
    /// What an entry of a list takes itself.
    private static let entryBytes = MemoryLayout<ContainerRecord.Pair>.stride

    private struct State {
        var isRunning = false
        var isPaused = false
        var isRestarting = false
        var isDead = false
        var status: String?
    }

    /// - Returns: the container, without its image's facts.
    /// - Throws: `Unusable` where the document is broken, names no container, or has texts that are too long to keep.
    package static func read(_ document: ByteBuffer) throws(Unusable) -> ContainerRecord {
        var inspect = ContainerInspect()
        let failure = document.withUnsafeReadableBytes { bytes -> JSONError? in
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                try inspect.walk(&scanner)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw Unusable(reason: "\(failure)") }
        guard !inspect.record.id.isEmpty else { throw Unusable(reason: "it has no id") }
        guard !inspect.record.name.isEmpty else { throw Unusable(reason: "it has no name") }
        guard !inspect.ports.isTooLong else {
            throw Unusable(
                reason: "it has more than \(PortList.maximumEntries) ports, or one whose text has more than "
                    + "\(PortList.maximumTextBytes) bytes"
            )
        }
        guard inspect.record.nameBytes <= Self.maximumBytes else {
            throw Unusable(reason: "its names take more than \(Self.maximumBytes) bytes")
        }
        guard inspect.keptBytes <= Self.maximumBytes else {
            throw Unusable(
                reason: "its labels, variables, command, networks and mounts take more than \(Self.maximumBytes) bytes"
            )
        }
        return inspect.finished
    }

    /// The document cannot stand for a container.
    package struct Unusable: Error, Equatable {
        package let reason: String
    }

    private var finished: ContainerRecord {
        var record = self.record
        record.status = self.status
        record.labels.sort { $0.key < $1.key }
        record.details.ports = self.ports.texts
        return record
    }

    /// An engine calls a container running while it is paused or restarting, so those come first.
    private var status: ContainerRecord.Status {
        if self.state.isPaused { return .paused }
        if self.state.isRestarting { return .restarting }
        if self.state.isRunning { return .running }
        if self.state.isDead { return .dead }
        return self.state.status == "created" ? .created : .stopped
    }

    // MARK: The document

    private mutating func walk(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "Id":
                self.record.id = try scanner.readNonEmpty() ?? ""
            case "Name":
                let name = try scanner.readNonEmpty() ?? ""
                self.record.name = name.hasPrefix("/") ? String(name.dropFirst()) : name
            case "Image":
                self.record.imageID = try scanner.readNonEmpty() ?? ""
            case "Created":
                self.record.extras.created = try scanner.readNonEmpty()
            case "Platform":
                self.record.extras.platform = try scanner.readNonEmpty()
            case "State":
                try self.readState(&scanner)
            case "Config":
                try self.readConfig(&scanner)
            case "HostConfig":
                try self.ports.readRequested(&scanner)
            case "NetworkSettings":
                try self.readNetworkSettings(&scanner)
            case "Mounts":
                try self.readMounts(&scanner)
            default:
                _ = try scanner.skipValue()
            }
        }
    }

    private mutating func readState(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "Running":
                self.state.isRunning = try scanner.readBool() ?? false
            case "Paused":
                self.state.isPaused = try scanner.readBool() ?? false
            case "Restarting":
                self.state.isRestarting = try scanner.readBool() ?? false
            case "Dead":
                self.state.isDead = try scanner.readBool() ?? false
            case "Status":
                self.state.status = try scanner.readNonEmpty()
            case "StartedAt":
                // The year 1 stands for never.
                let time = try scanner.readNonEmpty()
                self.record.details.startedAt = time?.hasPrefix("0001-") == true ? nil : time
            case "Health":
                let health = try scanner.readMember("Status") { scanner throws(JSONError) in
                    try scanner.readNonEmpty()
                }
                self.record.health = health.flatMap { ContainerRecord.Health(rawValue: $0) }
            default:
                _ = try scanner.skipValue()
            }
        }
    }

    private mutating func readConfig(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "Image":
                self.record.imageName = try scanner.readNonEmpty() ?? ""
            case "Tty":
                self.record.isTTY = try scanner.readBool() ?? false
            case "Cmd":
                try self.readCommand(&scanner)
            case "Labels":
                try self.readLabels(&scanner)
            case "Env":
                try self.readEnvironment(&scanner)
            case "ExposedPorts":
                try self.ports.readExposed(&scanner)
            default:
                _ = try scanner.skipValue()
            }
        }
    }

    private mutating func readCommand(_ scanner: inout JSONScanner) throws(JSONError) {
        switch try scanner.readStrings(maximumBytes: Self.maximumBytes) {
        case .strings(let words):
            let command = words.joined(separator: " ")
            self.record.extras.command = words.isEmpty || !self.keeps(command.utf8.count) ? nil : command
        case .tooLong: _ = self.keeps(Self.maximumBytes)
        case nil: self.record.extras.command = nil
        }
    }

    /// Counts an entry.
    ///
    /// - Returns: whether it may be kept. Once one may not, the document is unusable.
    private mutating func keeps(_ bytes: Int) -> Bool {
        self.keptBytes += bytes + Self.entryBytes
        return self.keptBytes <= Self.maximumBytes
    }

    private mutating func readLabels(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            let name = key.decoded
            guard let value = try scanner.readString()?.decoded, self.keeps(name.utf8.count + value.utf8.count) else {
                continue
            }
            self.record.labels.append(ContainerRecord.Pair(name, value))
        }
    }

    /// Docker takes variables without a name (`=x`). They are left out, because a list by name cannot show them.
    private mutating func readEnvironment(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginArray() else { return }
        while try scanner.nextElement() {
            guard let text = try scanner.readString()?.decoded, self.keeps(text.utf8.count) else { continue }
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first, !name.isEmpty else { continue }
            let value = parts.count > 1 ? String(parts[1]) : ""
            self.record.details.environment.append(ContainerRecord.Pair(String(name), value))
        }
    }

    private mutating func readNetworkSettings(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "Ports":
                try self.ports.readBoundPorts(&scanner)
            case "Networks":
                try self.readNetworks(&scanner)
            default:
                _ = try scanner.skipValue()
            }
        }
    }

    private mutating func readNetworks(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let name = try scanner.nextKey()?.decoded {
            var network = ContainerRecord.Network(name: name)
            guard try scanner.beginObject() else { continue }
            while let key = try scanner.nextKey() {
                switch key {
                case "IPAddress":
                    network.address = try scanner.readNonEmpty()
                case "Gateway":
                    network.gateway = try scanner.readNonEmpty()
                default:
                    _ = try scanner.skipValue()
                }
            }
            let bytes = [name, network.address ?? "", network.gateway ?? ""].reduce(0) { $0 + $1.utf8.count }
            if self.keeps(bytes) { self.record.extras.networks.append(network) }
        }
        self.record.extras.networks.sort { $0.name < $1.name }
    }

    private mutating func readMounts(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginArray() else { return }
        while try scanner.nextElement() {
            guard let mount = try Mount.read(&scanner), let volume = mount.text,
                self.keeps(2 * volume.utf8.count)
            else { continue }
            self.record.details.volumes.append(volume)
            self.record.extras.mounts.append(mount.whole)
        }
        self.record.details.volumes.sort()
        self.record.extras.mounts.sort { $0.destination < $1.destination }
    }
}

/// One entry of `Mounts`.
private struct Mount {
    var type = ""
    var name = ""
    var source = ""
    var destination = ""
    var isWritable = true

    static func read(_ scanner: inout JSONScanner) throws(JSONError) -> Mount? {
        guard try scanner.beginObject() else { return nil }
        var mount = Mount()
        while let key = try scanner.nextKey() {
            switch key {
            case "Type":
                mount.type = try scanner.readNonEmpty() ?? ""
            case "Name":
                mount.name = try scanner.readNonEmpty() ?? ""
            case "Source":
                mount.source = try scanner.readNonEmpty() ?? ""
            case "Destination":
                mount.destination = try scanner.readNonEmpty() ?? ""
            case "RW":
                mount.isWritable = try scanner.readBool() ?? true
            default:
                _ = try scanner.skipValue()
            }
        }
        return mount
    }

    var whole: ContainerRecord.Mount {
        let source = [self.source, self.name].first { !$0.isEmpty } ?? ""
        return ContainerRecord.Mount(
            type: self.type,
            source: source,
            destination: self.destination,
            isReadOnly: !self.isWritable
        )
    }

    /// As one would write it after `-v`: a volume by its name, a bind mount by its path, a tmpfs by its kind.
    var text: String? {
        let source = [self.name, self.source, self.type].first { !$0.isEmpty }
        guard let source, !self.destination.isEmpty else { return nil }
        return "\(source):\(self.destination)\(self.isWritable ? "" : ":ro")"
    }
}
