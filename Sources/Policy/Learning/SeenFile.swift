package import Base

/// The file in which seen requests outlive the process: one JSON object a line, in the form of a trace.
package enum SeenFile {
    /// Ten thousand lines of full length, in which every character is escaped, have 10 MiB.
    package static let maximumBytes = 16 << 20
    private static let maximumLineBytes = 2_048

    /// Why a file is not used. It is of the agent's own making, so a line that the agent would not write means that someone
    /// else did.
    package enum Fault: Error, Sendable, Equatable, CustomStringConvertible {
        case file(RegularFile.Failure)
        /// Its number, from 1 on.
        case line(Int, String)
        case tooMany

        package var description: String {
            switch self {
            case .file(.system(let fault)): "\(fault)"
            case .file(.notRegular): "it is not a regular file"
            case .file(.tooLarge): "it is larger than \(SeenFile.maximumBytes >> 20) MiB"
            case .line(let number, let reason): "line \(number): \(reason)"
            case .tooMany: "it has more than \(SeenRequests.maximumEntries) distinct requests"
            }
        }
    }

    /// - Returns: `nil` where nothing has that name.
    package static func load(_ path: String) throws(Fault) -> SeenRequests? {
        let bytes: [UInt8]
        do throws(RegularFile.Failure) {
            bytes = try RegularFile.read(path, maximumBytes: Self.maximumBytes)
        } catch .system(SystemFault.missing) {
            return nil
        } catch {
            throw .file(error)
        }
        return try Self.read(bytes)
    }

    /// Replaces the file, whole or not at all.
    package static func save(_ seen: SeenRequests, to path: String) throws(SystemFault) {
        try NewFile.replace(path, with: Self.text(seen))
    }

    package static func text(_ seen: SeenRequests) -> String {
        var text = ""
        for (request, tally) in seen.all {
            var members = [JSONNode.Member("operation", .text(request.operation.rawValue))]
            if let container = request.container { members.append(.init("container", .text(container))) }
            if let image = request.image { members.append(.init("image", .text(image))) }
            if let identity = request.identity { members.append(.init("identity", .text(identity))) }
            members.append(.init("count", .number(Double(tally.count))))
            members.append(.init("last", .text(tally.last.rfc3339)))
            text += JSONNode.object(members).compact + "\n"
        }
        return text
    }

    package static func read(_ text: [UInt8]) throws(Fault) -> SeenRequests {
        guard text.count <= Self.maximumBytes else { throw .file(.tooLarge) }
        var seen = SeenRequests()
        var (start, number, details) = (0, 0, 0)
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            number += 1
            let (request, tally) = try Self.line(text[start..<end], number)
            guard !seen.holds(request) else { throw .line(number, "the request stands in an earlier line, too") }
            if request.isDetailed { details += 1 }
            guard details <= SeenRequests.maximumEntries else { throw .tooMany }
            seen.add(request, tally)
            start = end + 1
        }
        return seen
    }

    private static let names: Set = ["operation", "container", "image", "identity", "count", "last"]

    private static func line(
        _ line: ArraySlice<UInt8>,
        _ number: Int
    ) throws(Fault) -> (SeenRequests.Request, SeenRequests.Tally) {
        guard line.count <= Self.maximumLineBytes, let fields = JSONFields(line.span) else {
            throw .line(number, "it is not one JSON object of at most \(Self.maximumLineBytes) bytes")
        }
        guard Self.names.isSuperset(of: fields.fields.keys) else {
            throw .line(number, "it has a member that the agent does not write")
        }
        guard let name = fields.text("operation"), let operation = Operation(rawValue: name) else {
            throw .line(number, "its operation is not one that the agent knows")
        }
        guard let count = fields.integer("count"), count > 0 else {
            throw .line(number, "its count is not a number above 0")
        }
        guard let text = fields.text("last"), let last = UnixTime(rfc3339: text) else {
            throw .line(number, "its time is not one in UTC")
        }
        let request = SeenRequests.Request(
            operation,
            container: try Self.pattern(fields, "container", number),
            image: try Self.pattern(fields, "image", number),
            identity: try Self.pattern(fields, "identity", number)
        )
        return (request, SeenRequests.Tally(count: count, last: last))
    }

    private static func pattern(_ fields: JSONFields, _ name: String, _ number: Int) throws(Fault) -> String? {
        guard fields.fields[name] != nil else { return nil }
        guard let text = fields.text(name), !text.isEmpty, text.utf8.count <= SeenRequests.maximumText + 1,
            text == NamePattern.covering(text, limit: SeenRequests.maximumText + 1)
        else { throw .line(number, "its \(name) is not a name as the agent writes it") }
        return text
    }
}

extension SystemFault {
    /// `ENOENT`.
    fileprivate static let missing = SystemFault(2)
}
