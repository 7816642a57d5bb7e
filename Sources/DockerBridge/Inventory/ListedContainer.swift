package import Base
import NIOCore

/// What the engine's list says of a container whose inspect document it does not give, because the container is dead or being
/// removed.
enum ListedContainer {
    /// In bytes: a list tells no more of a container than an inspect document.
    private static let maximumBytes = ContainerInspect.maximumBytes

    /// The list that holds this container alone.
    ///
    /// - Returns: `nil` for an id that is none: engines write 64 hexadecimal digits.
    static func target(_ id: String) -> String? {
        guard !id.isEmpty, id.utf8.allSatisfy(\.isAlphanumeric) else { return nil }
        return "/containers/json?all=true&filters=%7B%22id%22%3A%5B%22\(id)%22%5D%7D"
    }

    /// - Returns: the container without its details and its image's facts; `nil` where the list has no such container, gives it no
    ///   name, or more text than is kept.
    static func read(_ id: String, in list: ByteBuffer) -> ContainerRecord? {
        list.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            let record = try? self.search(id, &scanner)
            guard let record, !record.name.isEmpty, record.heldBytes <= Self.maximumBytes else { return nil }
            return record
        }
    }

    private static func search(_ id: String, _ scanner: inout JSONScanner) throws(JSONError) -> ContainerRecord? {
        guard scanner.nextKind() == .array, try scanner.beginArray() else { return nil }
        // An engine takes the filter for the beginning of an id.
        while try scanner.nextElement() {
            if let record = try self.entry(&scanner), record.id == id { return record }
        }
        return nil
    }

    private static func entry(_ scanner: inout JSONScanner) throws(JSONError) -> ContainerRecord? {
        guard try scanner.beginObject() else { return nil }
        var record = ContainerRecord(id: "", name: "", status: .stopped, imageID: "", imageName: "")
        var isTooLong = false
        while let key = try scanner.nextKey() {
            switch key {
            case "Id":
                record.id = try scanner.readNonEmpty() ?? ""
            case "Names":
                guard case .strings(let names)? = try scanner.readStrings(maximumBytes: self.maximumBytes) else {
                    isTooLong = true
                    continue
                }
                record.name = self.name(names)
            case "Image":
                record.imageName = try scanner.readNonEmpty() ?? ""
            case "ImageID":
                record.imageID = try scanner.readNonEmpty() ?? ""
            case "State":
                let word = try scanner.readNonEmpty() ?? ""
                record.status = ContainerRecord.Status(rawValue: word) ?? .stopped
            case "Labels":
                let labels = try ContainerRecord.labels(&scanner, maximumBytes: self.maximumBytes)
                if labels == nil { isTooLong = true }
                record.labels = labels?.sorted { $0.key < $1.key } ?? []
            default:
                _ = try scanner.skipValue()
            }
        }
        return isTooLong ? nil : record
    }

    /// Its own, as in `/web`; the links of other containers make further ones, as in `/other/web`.
    private static func name(_ names: [String]) -> String {
        let own = names.first { !$0.dropFirst().contains("/") } ?? ""
        return own.hasPrefix("/") ? String(own.dropFirst()) : own
    }
}

extension ContainerRecord {
    /// The labels in an entry of the engine's list, in the engine's order.
    ///
    /// - Parameter maximumBytes: of their texts and of what holds them.
    /// - Returns: `nil` where they are more; what is more is not gathered. Empty for what is no object.
    package static func labels(
        _ scanner: inout JSONScanner,
        maximumBytes: Int
    ) throws(JSONError) -> [Pair]? {
        guard try scanner.beginObject() else { return [] }
        var labels: [Pair] = []
        var bytes = 0
        while let key = try scanner.nextKey() {
            let name = key.decoded
            guard let value = try scanner.readString()?.decoded else { continue }
            bytes += MemoryLayout<Pair>.stride + name.utf8.count + value.utf8.count
            if bytes <= maximumBytes { labels.append(Pair(name, value)) }
        }
        return bytes <= maximumBytes ? labels : nil
    }
}
