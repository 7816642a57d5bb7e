import Auth
import DockerBridge
import HTTPWire

/// Reads a client's request head, and sorts its fields by whom they concern.
enum RequestHeadParser {
    /// Docker's own clients stay below 16 KiB; credentials for many registries make the largest heads.
    static let maximumBytes = 64 << 10
    private static let maximumFields = 1000

    /// - Parameter bytes: a complete head with the empty line at its end.
    static func parse(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> RequestHead {
        guard let wire = try self.read(bytes) else { throw RequestFault.bad("malformed request head") }
        let text = { (range: Range<Int>) in String(decoding: bytes[range], as: UTF8.self) }
        let value = { (field: HeaderField) in String(decoding: field.value(in: bytes), as: UTF8.self) }
        var head = RequestHead(method: text(wire.method), target: self.originForm(text(wire.target)))
        head.isHTTP10 = wire.isHTTP10
        head.keepsAlive = wire.keepsAlive
        head.expectsContinue = wire.expectsContinue
        head.host = wire.host.map(value)
        head.upgrade = wire.upgrade.map(value).flatMap { $0.isEmpty ? nil : $0 }
        head.body =
            switch wire.bodyEnd {
            case .length(let length): .sized(length)
            case .chunked: .chunked
            case .untilClose, nil: .none
            }
        for field in wire.fields {
            try self.sort(field.name(in: bytes), value(field), wire.connection, into: &head)
        }
        return head
    }

    private static func read(_ bytes: UnsafeRawBufferPointer) throws(RequestFault) -> WireRequestHead? {
        do throws(WireFault) {
            return try WireRequestHead.parse(bytes, maximumFields: self.maximumFields)
        } catch {
            throw RequestFault(error)
        }
    }

    /// Takes scheme and authority off an absolute form; the authority never mattered.
    private static func originForm(_ target: String) -> String {
        guard !target.hasPrefix("/") else { return target }
        for scheme in ["http://", "https://"] where target.lowercased().hasPrefix(scheme) {
            let rest = target.dropFirst(scheme.count)
            guard let begin = rest.firstIndex(where: { $0 == "/" || $0 == "?" }) else { return "/" }
            return rest[begin] == "/" ? String(rest[begin...]) : "/" + rest[begin...]
        }
        return target
    }

    private static func sort(
        _ name: UnsafeRawBufferPointer,
        _ value: String,
        _ connection: ConnectionFields,
        into head: inout RequestHead
    ) throws(RequestFault) {
        switch name[0] | 0x20 {
        case UInt8(ascii: "x") where name.equalsIgnoringCase("x-forwarded-for"): head.forwardedFor.append(value)
        case UInt8(ascii: "x") where name.equalsIgnoringCase("x-real-ip"): head.realIP.append(value)
        default: break
        }
        // Set aside before `Connection` is asked: a client must not be able to hide a credential from the gate.
        if CredentialFields.contains(name) {
            let name = String(decoding: name, as: UTF8.self)
            // Two readers could choose differently between two values.
            guard !head.credentials.contains(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw RequestFault.bad("a credential field given twice")
            }
            head.credentials.append((name, value))
        } else if !connection.names(name) {
            head.headers.append(.init(String(decoding: name, as: UTF8.self), value))
        }
    }
}

extension RequestFault {
    /// What a client sent that is not a request.
    init(_ fault: WireFault) {
        switch fault {
        case .lineEnd: self = .bad("a line of the request head does not end in CR LF")
        case .startLine: self = .bad("malformed request line")
        case .version: self.init(505, "only HTTP/1.1 is spoken here")
        case .headTooLarge: self = .headTooLarge
        case .tooManyFields: self.init(431, "more than 1000 header fields")
        case .field: self = .bad("malformed header field")
        case .controlCharacter: self = .bad("a header field holds a control character")
        case .length: self = .bad("Content-Length is not a number")
        case .repeatedLength: self = .bad("Content-Length given twice")
        case .unknownCoding: self.init(501, "unknown Transfer-Encoding")
        case .misplacedCoding: self = .bad("misplaced Transfer-Encoding")
        case .ambiguousEnd: self = .bad("both Content-Length and Transfer-Encoding")
        case .expectation: self.init(417, "unknown expectation")
        case .missingHost: self = .bad("missing Host")
        case .repeatedHost: self = .bad("Host given twice")
        case .chunk, .trailersTooLarge: self = .bad("malformed chunk")
        }
    }
}

/// The fields that carry secrets or signatures, compared without making a string of every name.
private enum CredentialFields {
    private static let names: [[UInt8]] = AccessRequest.credentialFields.map { Array($0.lowercased().utf8) }

    static func contains(_ name: UnsafeRawBufferPointer) -> Bool {
        switch name[0] | 0x20 {
        case UInt8(ascii: "a"), UInt8(ascii: "x"): break
        default: return false
        }
        return Self.names.contains { candidate in candidate.withUnsafeBytes { name.equalsIgnoringCase($0) } }
    }
}

/// A request that is refused because of its form, or because there is no room for it. The connection ends with the answer:
/// where the next request would begin is not known.
struct RequestFault: Error, Equatable {
    let status: Int
    /// For people, without any value that the client sent.
    let detail: String
    /// For `X-Lookout-Reason`.
    var reason: String?
    /// For `Retry-After`.
    var retryAfterSeconds: Int?

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    static func bad(_ detail: String) -> Self { Self(400, detail) }
    static let headTooLarge = Self(431, "request header larger than \(RequestHeadParser.maximumBytes >> 10) KiB")

    /// The memory for requests that are not let in yet is used up.
    static let noRoom = {
        var fault = Self(503, "too many unfinished requests without a verified credential; try again later")
        fault.reason = "no-memory"
        fault.retryAfterSeconds = 10
        return fault
    }()
}
