import Base
import NIOCore

/// One entry of the engine's list (`GET /containers/json?all=true`): who there is, and enough to tell whether to look again.
struct ContainerSummary: Equatable, Sendable {
    var id: String
    /// Everything that changes when the container does, and nothing that changes by itself: the words "Up 5 minutes" do.
    var mark: String

    /// - Returns: `nil` for what is no list.
    static func list(_ body: ByteBuffer) -> [ContainerSummary]? {
        body.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try? self.list(&scanner)
        }
    }

    private static func list(_ scanner: inout JSONScanner) throws(JSONError) -> [ContainerSummary]? {
        guard scanner.nextKind() == .array, try scanner.beginArray() else { return nil }
        var all: [ContainerSummary] = []
        while try scanner.nextElement() {
            // One more than is kept tells that there are more.
            if let summary = try self.entry(&scanner), all.count <= Inventory.maximumContainers { all.append(summary) }
        }
        return all
    }

    private static func entry(_ scanner: inout JSONScanner) throws(JSONError) -> ContainerSummary? {
        guard try scanner.beginObject() else { return nil }
        var id: String?
        var (name, image, state, status) = ("", "", "", "")
        while let key = try scanner.nextKey() {
            switch key {
            case "Id":
                id = try scanner.readNonEmpty()
            case "Names":
                guard case .strings(let names)? = try scanner.readStrings(maximumBytes: ContainerInspect.maximumBytes)
                else { continue }
                name = names.joined(separator: ",")
            case "ImageID":
                image = try scanner.readNonEmpty() ?? ""
            case "State":
                state = try scanner.readNonEmpty() ?? ""
            case "Status":
                status = try scanner.readNonEmpty() ?? ""
            default:
                _ = try scanner.skipValue()
            }
        }
        guard let id, id.utf8.count <= Self.longestID else { return nil }
        let mark = "\(name) \(image) \(state) \(Self.lasting(status))"
        // A mark is only compared.
        return ContainerSummary(id: id, mark: mark.utf8.count <= Self.longestMark ? mark : "\(mark.hashValue)")
    }

    /// In bytes. Engines write 64 digits.
    private static let longestID = 128
    /// In bytes.
    private static let longestMark = 1024

    /// What stands in parentheses: `(healthy)`, `(Paused)`, the exit code. The rest counts minutes.
    private static func lasting(_ status: String) -> Substring {
        let inner = status.drop { $0 != "(" }
        return inner.lastIndex(of: ")").map { inner[...$0] } ?? ""
    }
}
