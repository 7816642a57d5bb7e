import Base
import DockerBridge
import HTTPWire
import NIOCore

/// Reads an envelope `{"type": …, "data": {…}}` without building a tree: members are picked where they stand.
enum FrameDecoder {
    /// Header lines that travel on to the engine; all others stay here.
    private static let allowedHeaders: Set = [
        "accept", "content-type", "x-registry-auth", "x-registry-config",
    ]
    private static let maximumHeaderBytes = 64 * 1024

    static func decode(_ message: ByteBuffer) -> InboundFrame {
        message.withUnsafeReadableBytes { bytes in
            do throws(JSONError) {
                return try self.decode(bytes, of: message).limited()
            } catch {
                var malformed = Malformed(reason: "\(error)")
                malformed.losesAnyBody = Self.mayHoldBody(bytes)
                return .malformed(malformed)
            }
        }
    }

    /// A message that was too long to keep: its beginning may still tell whom to answer.
    static func oversized(prefix: ByteBuffer, length: Int) -> Malformed {
        self.skipped(
            prefix: prefix,
            reason:
                "frame of \(length) bytes is larger than the \(WebSocketReader.Limits.live.messageBytes) that are accepted"
        )
    }

    /// A message that there was no memory for.
    static func refused(prefix: ByteBuffer, length: Int) -> Malformed {
        self.skipped(
            prefix: prefix,
            reason: "the agent has no memory free for a frame of \(length) bytes; ask again, or raise MEMORY_BUDGET"
        )
    }

    private static func skipped(prefix: ByteBuffer, reason: String) -> Malformed {
        var malformed = Malformed(reason: reason)
        prefix.withUnsafeReadableBytes { bytes in
            malformed.requestID = Self.findID("requestId", in: bytes)
            malformed.execID = Self.findID("execId", in: bytes)
            malformed.losesInput = Self.find("exec_input", in: bytes) != nil
            malformed.losesAnyBody =
                malformed.requestID == nil && malformed.execID == nil && Self.mayHoldBody(bytes)
        }
        return malformed.limited()
    }

    private static func decode(
        _ bytes: UnsafeRawBufferPointer,
        of message: ByteBuffer
    ) throws(JSONError) -> InboundFrame {
        var scanner = JSONScanner(bytes)
        var type: JSONString?
        var data: Range<Int>?
        guard try scanner.beginObject() else {
            return .malformed(Malformed(losingAnyBody: "frame is not a JSON object"))
        }
        while let key = try scanner.nextKey() {
            switch key {
            case "type":
                type = try scanner.readString()
            case "data":
                data = try scanner.skipValue()
            default:
                _ = try scanner.skipValue()
            }
        }
        try scanner.end()
        guard let type else { return .malformed(Malformed(losingAnyBody: "frame without a type")) }
        guard let data, bytes[data.lowerBound] == UInt8(ascii: "{") else {
            var malformed = Malformed(reason: "frame of type \(type.decoded) without a data object")
            malformed.losesAnyBody = type.isEqual(to: "stream")
            return .malformed(malformed)
        }
        let fields = Members(bytes: bytes, message: message, range: data)
        return try Self.decode(type, fields)
    }

    private static func decode(_ type: JSONString, _ data: Members) throws(JSONError) -> InboundFrame {
        switch type {
        case "exec_input": return try self.execInput(data)
        case "request": return try self.request(data)
        case "stream": return try self.stream(data)
        case "ping": return .ping(timestamp: try data.raw("timestamp"))
        case "pong": return .pong(timestamp: try data.integer("timestamp"))
        case "exec_resize": return try self.execResize(data)
        case "exec_start": return try self.execStart(data)
        case "exec_end": return try self.withID("execId", data) { .execEnd(execID: $0) }
        case "stream_end": return try self.streamEnd(data)
        case "error":
            return .error(
                PeerError(
                    code: try data.text("code"),
                    message: try data.text("message") ?? "",
                    requestID: try data.text("requestId")
                )
            )
        case "dd:container_log_request": return try self.logRequest(data)
        case "dd:container_log_cancel": return try self.logCancel(data)
        case "dd:container_delete_request": return try self.deleteRequest(data)
        case "welcome": return .welcome(try self.welcome(data))
        default: return .unknown(type: type.decoded)
        }
    }

    private static func withID(
        _ name: StaticString,
        _ data: Members,
        _ make: (String) -> InboundFrame
    ) throws(JSONError) -> InboundFrame {
        guard let id = try data.text(name) else { return .malformed(Malformed(reason: "\(name) is missing")) }
        return make(id)
    }

    private static func welcome(_ data: Members) throws(JSONError) -> Welcome {
        var welcome = Welcome()
        if let interval = try data.integer("pollInterval"), interval > 0 {
            welcome.pollInterval = min(max(interval, 5), 86400)
        }
        if let config = try data.members("config") {
            welcome.drydockVersion = try config.text("drydockVersion")
            welcome.serverCompatLevel = try config.text("serverCompatLevel")
        }
        if case .strings(let names) = try data.strings("capabilities", maximumBytes: TunnelCapability.listBytes) {
            welcome.takesBase64Bodies = names.contains(TunnelCapability.base64Bodies)
        }
        return welcome
    }

    // MARK: Requests

    private static func request(_ data: Members) throws(JSONError) -> InboundFrame {
        var id: String?
        var method: String?
        var path: String?
        var headers: [BridgeRequest.Header] = []
        var body: ByteBuffer?
        var streamsBody = false
        try data.walk { name, scanner throws(JSONError) in
            switch name {
            case "requestId":
                id = try scanner.readString()?.decoded
            case "method":
                method = try scanner.readString()?.decoded
            case "path":
                path = try scanner.readString()?.decoded
            case "headers":
                headers = try self.headers(&scanner)
            case "body":
                body = self.apart(data.slice(try scanner.skipValue()))
            case "bodyStream":
                streamsBody = try scanner.readBool() ?? false
            default:
                _ = try scanner.skipValue()
            }
        }
        guard let id else { return .malformed(Malformed(reason: "request without a requestId")) }
        guard let method, let path else {
            return .malformed(Malformed(reason: "request needs a method and a path", requestID: id))
        }
        if streamsBody, let value = body, value.readableBytes == 4, String(buffer: value) == "null" { body = nil }
        guard body == nil || !streamsBody else {
            return .malformed(Malformed(reason: "request with bodyStream and a body of its own", requestID: id))
        }
        if body != nil, !headers.contains(where: { $0.name == "content-type" }) {
            headers.append(BridgeRequest.Header("content-type", "application/json"))
        }
        // Before the frame is made, which reads the path as the engine does and copies one that is percent-encoded.
        if let problem = RequestFrame.problem(id: id, method: method, path: path, headers: headers) {
            return .malformed(problem)
        }
        return .request(
            RequestFrame(
                id: id,
                method: method,
                path: path,
                headers: headers,
                body: body,
                streamsBody: streamsBody
            )
        )
    }

    private static func stream(_ data: Members) throws(JSONError) -> InboundFrame {
        let (id, bytes) = try self.bytes(of: "requestId", data)
        guard let id else { return .malformed(Malformed(losingAnyBody: "stream without a requestId")) }
        guard let bytes else {
            var malformed = Malformed(reason: "stream whose data is not base64", requestID: id)
            malformed.losesBody = true
            return .malformed(malformed)
        }
        return .stream(requestID: id, bytes)
    }

    private static func streamEnd(_ data: Members) throws(JSONError) -> InboundFrame {
        // Only a word that is known makes a whole body of what came.
        let isCanceled =
            switch try data.text("reason") {
            case nil, "", "complete": false
            default: true
            }
        return try self.withID("requestId", data) { .streamEnd(requestID: $0, isCanceled: isCanceled) }
    }

    /// A small body out of a large message: a view would keep the whole message, and only the body is counted.
    private static func apart(_ body: ByteBuffer?) -> ByteBuffer? {
        guard let body else { return nil }
        let isMostOfIt = body.storageCapacity <= 2 * body.readableBytes + MemoryBudget.guaranteedBytes * 2
        return isMostOfIt ? body : ByteBuffer(bytes: body.readableBytesView)
    }

    private static func headers(_ scanner: inout JSONScanner) throws(JSONError) -> [BridgeRequest.Header] {
        var result: [BridgeRequest.Header] = []
        guard try scanner.beginObject() else { return result }
        while let key = try scanner.nextKey() {
            let name = key.decoded.lowercased()
            let value = try scanner.readString()?.decoded
            guard self.allowedHeaders.contains(name), let value, value.utf8.count <= self.maximumHeaderBytes,
                value.utf8.allSatisfy(\.isFieldValueByte)
            else { continue }
            for index in result.indices where result[index].name == name {
                result.remove(at: index)
                break
            }
            result.append(BridgeRequest.Header(name, value))
        }
        return result
    }

    // MARK: Exec

    private static func execInput(_ data: Members) throws(JSONError) -> InboundFrame {
        let (id, input) = try self.bytes(of: "execId", data)
        guard let id else { return .malformed(Malformed(reason: "exec_input without an execId")) }
        guard let input else { return .malformed(Malformed(reason: "exec_input whose data is not base64")) }
        return .execInput(execID: id, input)
    }

    /// What `data` holds for an id, decoded.
    private static func bytes(
        of idName: StaticString,
        _ data: Members
    ) throws(JSONError) -> (id: String?, bytes: ByteBuffer?) {
        var id: String?
        var bytes: ByteBuffer?
        try data.walk { name, scanner throws(JSONError) in
            switch name {
            case idName:
                id = try scanner.readString()?.decoded
            case "data":
                bytes = try scanner.readString().flatMap(self.decodeBase64)
            default:
                _ = try scanner.skipValue()
            }
        }
        return (id, bytes)
    }

    private static func decodeBase64(_ text: JSONString) -> ByteBuffer? {
        // Base64 needs no escapes, but JSON allows them ("\/").
        guard text.hasEscapes else { return self.decodeBase64(text.bytes) }
        var decoded = text.decoded
        return decoded.withUTF8 { self.decodeBase64(UnsafeRawBufferPointer($0)) }
    }

    private static func decodeBase64(_ text: UnsafeRawBufferPointer) -> ByteBuffer? {
        var buffer = ByteBuffer()
        var isValid = true
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: Base64.maximumDecodedLength(text.count)) {
            destination in
            guard let count = Base64.decode(text, into: destination.baseAddress!) else {
                isValid = false
                return 0
            }
            return count
        }
        return isValid ? buffer : nil
    }

    private static func execResize(_ data: Members) throws(JSONError) -> InboundFrame {
        guard let id = try data.text("execId") else {
            return .malformed(Malformed(reason: "exec_resize without an execId"))
        }
        guard let columns = try data.integer("cols"), let rows = try data.integer("rows"),
            let size = TerminalSize(columns: columns, rows: rows)
        else { return .malformed(Malformed(reason: "exec_resize without a usable size")) }
        return .execResize(execID: id, size)
    }

    private static func execStart(_ data: Members) throws(JSONError) -> InboundFrame {
        guard let id = try data.text("execId") else {
            return .malformed(Malformed(reason: "exec_start without an execId"))
        }
        guard let container = try data.text("containerId"), ContainerReference.isValid(container) else {
            return .malformed(Malformed(reason: "exec_start needs a container id or name", execID: id))
        }
        let command: [String]
        switch try data.strings("cmd", maximumBytes: FrameLimits.commandBytes) {
        case .strings(let words) where !words.isEmpty: command = words
        case .tooLong: return .malformed(Malformed(reason: FrameLimits.longCommand, execID: id))
        case .strings, nil: return .malformed(Malformed(reason: "exec_start needs a command", execID: id))
        }
        var spec = ExecSpec(containerID: container, command: command)
        spec.user = try data.text("user").flatMap { $0.isEmpty ? nil : $0 }
        spec.isTTY = try data.bool("tty") ?? true
        if let columns = try data.integer("cols"), let rows = try data.integer("rows") {
            spec.size = TerminalSize(columns: columns, rows: rows)
        }
        return .execStart(ExecStartFrame(id: id, spec: spec))
    }

    // MARK: Oversized frames

    /// Whether a frame that cannot be read may be a piece of a body: its type does not come first, or is that of pieces.
    private static func mayHoldBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var scanner = JSONScanner(bytes)
        guard (try? scanner.beginObject()) == true, let key = try? scanner.nextKey(), key.isEqual(to: "type"),
            let type = try? scanner.readString()
        else { return true }
        return type.isEqual(to: "stream")
    }

    /// Finds `"name":"…"` anywhere: the text is cut, so it cannot be parsed.
    private static func findID(_ name: StaticString, in bytes: UnsafeRawBufferPointer) -> String? {
        var rest = bytes[...]
        while let end = self.find(name, in: UnsafeRawBufferPointer(rebasing: rest)) {
            rest = rest.dropFirst(end)
            var scanner = JSONScanner(UnsafeRawBufferPointer(rebasing: rest))
            scanner.skipWhitespace()
            guard scanner.offset < rest.count, rest[rest.startIndex + scanner.offset] == UInt8(ascii: ":") else {
                continue
            }
            scanner.offset += 1
            return try? scanner.readString()?.decoded
        }
        return nil
    }

    /// Where the first `"text"` ends.
    private static func find(_ text: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let needle = Array("\"\(text)\"".utf8)
        guard bytes.count > needle.count else { return nil }
        return (0..<(bytes.count - needle.count))
            .first { bytes[$0..<($0 + needle.count)].elementsEqual(needle) }
            .map { $0 + needle.count }
    }
}
