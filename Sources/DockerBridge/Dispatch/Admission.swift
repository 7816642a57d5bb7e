package import NIOCore

/// Decides whether a container may be created. Asked by the dispatcher, so both doors ask.
///
/// Concurrency: any event loop.
package protocol AdmissionPolicy: Sendable {
    /// - Parameters:
    ///   - body: of the request, whole.
    ///   - actor: whom the audit trail names.
    func judge(_ request: ContainerCreation, body: ByteBuffer, actor: String) -> AdmissionVerdict
}

package enum AdmissionVerdict: Sendable {
    case admitted
    /// The request goes on; the answer carries the text as a `Warning`.
    case warned(String)
    /// The answer is 403 with this JSON.
    case refused(ByteBuffer)
}

/// A request that makes an engine create a container.
package struct ContainerCreation: Sendable, Equatable {
    package enum Interface: Sendable {
        /// Docker's, which Podman speaks too.
        case docker
        /// Podman's own, whose body has another form.
        case podman
    }

    package let interface: Interface
    /// How the container is to be called; empty leaves that to the engine.
    package let name: String

    /// Bytes of a body that is looked at. Docker's own command line sends some kilobytes.
    package static let maximumBodyBytes = 4 << 20

    /// - Returns: `nil` for any other request. The engine decodes a path before it looks at it, and so does this.
    package init?(method: String, target: String) {
        guard method == "POST" else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        var segments = String(parts[0]).percentDecoded.split(separator: "/")[...]
        if let first = segments.first, first.first == "v", first.dropFirst().allSatisfy({ $0.isNumber || $0 == "." }) {
            segments.removeFirst()
        }
        if segments.first == "libpod" {
            self.interface = .podman
            segments.removeFirst()
        } else {
            self.interface = .docker
        }
        guard segments.elementsEqual(["containers", "create"]) else { return nil }
        self.name = parts.count < 2 ? "" : Self.name(in: parts[1])
    }

    private static func name(in query: Substring) -> String {
        let value = query.split(separator: "&").first { $0.hasPrefix("name=") }?.dropFirst("name=".count)
        return value.map { String($0).percentDecoded } ?? ""
    }
}

extension String {
    /// With what is no escape left as it is.
    package var percentDecoded: String {
        guard self.utf8.contains(UInt8(ascii: "%")) else { return self }
        var bytes: [UInt8] = []
        var rest = self.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let high = rest.first?.hexDigit,
                let low = rest.dropFirst().first?.hexDigit
            {
                bytes.append(UInt8(high << 4 | low))
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension AdmissionVerdict {
    /// The head of a refusal.
    static func head(of body: ByteBuffer) -> ResponseHead {
        ResponseHead(
            status: 403,
            fields: ResponseHead.Fields.none
                .adding("Content-Type", "application/json").adding("Content-Length", "\(body.readableBytes)"),
            contentLength: body.readableBytes
        )
    }
}

/// Passes an answer on with one field more.
final class WarningSink: ResponseSink {
    private let sink: any ResponseSink
    private let warning: String

    init(_ sink: any ResponseSink, warning: String) {
        (self.sink, self.warning) = (sink, warning)
    }

    var isWritable: Bool { self.sink.isWritable }

    func begin(_ head: ResponseHead, route: Route) {
        let fields = head.fields.adding("Warning", self.warning)
        let head = ResponseHead(
            status: head.status,
            fields: fields,
            upgrade: head.upgrade,
            contentLength: head.contentLength
        )
        self.sink.begin(head, route: route)
    }

    func write(_ bytes: ByteBuffer) { self.sink.write(bytes) }
    func burstEnded() { self.sink.burstEnded() }
    func finish() { self.sink.finish() }
    func fail(_ error: BridgeError) { self.sink.fail(error) }
    func inputBecameWritable() { self.sink.inputBecameWritable() }
}
