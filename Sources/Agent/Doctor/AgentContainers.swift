import Base
import DockerBridge
import NIOCore

/// The containers of an engine that look like agents. A controller takes an engine's containers from one agent only.
struct AgentContainers {
    struct Entry: Equatable {
        var id: String
        var name: String
        var image: String
    }

    /// Repositories of images, without registry and owner; variants carry a suffix behind a hyphen.
    private static let repositories = ["lookout", "portwing"]
    /// Of a container's names; one has at most 128 or so.
    private static let nameBytes = 4096

    let entries: [Entry]

    /// - Parameter list: the engine's list of running containers.
    /// - Returns: `nil` for what is no list.
    init?(in list: ByteBuffer) {
        let entries = list.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try? Self.read(&scanner)
        }
        guard let entries else { return nil }
        self.entries = entries
    }

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> [Entry]? {
        guard scanner.nextKind() == .array, try scanner.beginArray() else { return nil }
        var entries: [Entry] = []
        while try scanner.nextElement() {
            guard let entry = try self.entry(&scanner), self.isAgent(entry.image) else { continue }
            entries.append(entry)
        }
        return entries
    }

    private static func entry(_ scanner: inout JSONScanner) throws(JSONError) -> Entry? {
        guard try scanner.beginObject() else { return nil }
        var entry = Entry(id: "", name: "", image: "")
        while let key = try scanner.nextKey() {
            switch key {
            case "Id": entry.id = try scanner.readString()?.decoded ?? ""
            case "Image": entry.image = try scanner.readString()?.decoded ?? ""
            case "Names":
                guard case .strings(let names)? = try scanner.readStrings(maximumBytes: self.nameBytes) else {
                    continue
                }
                entry.name = names.first.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 } ?? ""
            default: _ = try scanner.skipValue()
            }
        }
        return entry
    }

    static func isAgent(_ image: String) -> Bool {
        guard let repository = ImageReference(parsing: image)?.repository else { return false }
        let name = repository.lastIndex(of: "/").map { repository[repository.index(after: $0)...] } ?? repository[...]
        return self.repositories.contains { name == $0 || name.hasPrefix("\($0)-") }
    }

    /// - Parameters:
    ///   - hostname: of this process. Docker names a container by the beginning of its id, unless it is told otherwise.
    ///   - isInContainer: whether one of them may be this process's own.
    /// - Returns: `nil` where no other agent is seen.
    func check(hostname: String, isInContainer: Bool) -> Check? {
        let others = self.entries.filter { hostname.isEmpty || !$0.id.hasPrefix(hostname) }
        // One under another host name may be the one that this runs in.
        let ownUnknown = isInContainer && others.count == self.entries.count ? 1 : 0
        guard others.count > ownUnknown else { return nil }
        let names = others.map { "\($0.name) (\($0.image))" }.joined(separator: ", ")
        return .good(
            "other agents",
            "on this engine \(names) \(others.count == 1 ? "looks like an agent" : "look like agents") too; a Drydock "
                + "takes an engine's containers from one agent only, and since 1.7.0-rc.5 it refuses those of a second one: "
                + "let one of them report to it"
        )
    }
}
