import Base
import NIOCore

@testable import DockerBridge
@testable import LocalServer

extension Targets {
    /// What an engine answers: the same whether it comes at once or in pieces.
    static func response(_ bytes: UnsafeRawBufferPointer) {
        _ = self.inPieces(bytes) { pieces in self.response(pieces) }
    }

    private static func response(_ pieces: [ArraySlice<UInt8>]) -> String {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false)
        var text = ""
        do {
            for piece in pieces + [self.endOfHead] where !piece.isEmpty {
                machine.received(ByteBuffer(bytes: piece))
                while let event = try machine.next() {
                    switch event {
                    case .head(let head): text += "head \(head.status) "
                    case .body(let body): text += body.readableBytesView.map { "\($0)," }.joined()
                    default: text += "\(event) "
                    }
                }
            }
        } catch {
            // How much was read before the fault depends on the pieces.
            return "fault"
        }
        return text
    }

    /// A fault in a head is found with its first line or with its end, as the pieces have it, so every head has an end.
    private static let endOfHead = Array("\r\n\r\n".utf8)[...]

    /// What a client sends to the listener.
    static func request(_ bytes: UnsafeRawBufferPointer) {
        _ = self.inPieces(bytes) { pieces in self.request(pieces) }
    }

    private static func request(_ pieces: [ArraySlice<UInt8>]) -> String {
        var reader = RequestReader()
        var text = ""
        do {
            for piece in pieces + [self.endOfHead] where !piece.isEmpty {
                reader.received(ByteBuffer(bytes: piece))
                while case .event(let event) = try reader.next() {
                    switch event {
                    case .head(let head): text += "\(head.method) \(head.target) \(head.headers.count) \(head.body) "
                    case .bytes(let body): text += body.readableBytesView.map { "\($0)," }.joined()
                    case .end:
                        text += "end "
                        reader.expectNext()
                    }
                }
            }
        } catch {
            return "fault"
        }
        return text
    }

    /// Bodies of the agent's own routes.
    static func compose(_ bytes: UnsafeRawBufferPointer) {
        guard let operation = try? ComposeRequest.read(ByteBuffer(bytes: bytes)) else { return }
        guard let (_, folders) = try? ComposeRules.check(operation, stacksFolder: "/stacks") else { return }
        precondition(!folders.isEmpty, "a stack is the stacks' folder itself")
        for folder in folders + operation.files.keys.flatMap({ (try? ComposeRules.components(ofFile: $0)) ?? [] }) {
            precondition(folder != ".." && folder != "." && !folder.contains("/"), "a path leads out of its folder")
        }
    }

    static func mcp(_ bytes: UnsafeRawBufferPointer) {
        guard let request = try? RPCRequest(parsing: ByteBuffer(bytes: bytes)) else { return }
        let answer = RPCAnswer.result(ByteBuffer(string: "{}"), id: request.id)
        let kind = answer.withUnsafeReadableBytes { JSONText.validate($0) }
        precondition(kind == .object, "an answer is no JSON")
    }
}
