import Base
import DockerBridge
import NIOCore
import Trail

/// One operation of Compose that a client asked for, through whatever door: done, written down, and put into words.
struct ComposeCall: Sendable {
    typealias Outcome = Result<String, ComposeFailure>

    /// The type of an answer that comes line by line.
    static let lines = "application/x-ndjson"
    /// Of the reason of a failure; all else is output.
    private static let reasonBytes = 4 << 10
    static let switchedOff = "Compose is switched off on this host; set COMPOSE=true to switch it on"

    let service: ComposeService
    let trail: AuditTrail?

    static func wantsLines(accept: String?) -> Bool { accept?.lowercased().contains(self.lines) == true }

    /// - Parameters:
    ///   - actor: whom the audit trail names.
    ///   - heard: called with what the program says, as it says it.
    ///   - whenDone: called on `eventLoop`, where this is called too.
    /// - Returns: the work; the program ends when it is cancelled.
    func start(
        _ operation: ComposeOperation,
        actor: String,
        on eventLoop: any EventLoop,
        heard: @escaping @Sendable (ComposeService.Heard) async -> Void,
        whenDone: @escaping (Outcome) -> Void
    ) -> Task<Void, Never> {
        let done = NIOLoopBound(whenDone, eventLoop: eventLoop)
        let (service, trail) = (self.service, self.trail)
        return Task {
            let outcome: Outcome
            do {
                outcome = .success(try await service.perform(operation, heard: heard))
            } catch {
                outcome = .failure(error as? ComposeFailure ?? ComposeFailure("the operation was cancelled"))
            }
            let isGood = if case .success = outcome { true } else { false }
            trail?.record(
                .composeOperation(
                    at: .now,
                    actor: actor,
                    operation: operation.name,
                    stack: operation.stackName,
                    outcome: isGood ? .allowed : .error
                )
            )
            eventLoop.execute { done.value(outcome) }
        }
    }

    // MARK: Words

    /// `{"stream":"stdout","text":"…"}` and a line feed.
    static func line(of heard: ComposeService.Heard) -> ByteBuffer {
        let (stream, text) =
            switch heard {
            case .output(let text): ("stdout", text)
            case .errors(let text): ("stderr", text)
            }
        var line = ByteBuffer()
        line.writeJSON { json in
            json.object { json in
                json.member("stream", stream)
                json.member("text", text)
            }
        }
        line.writeStaticString("\n")
        return line
    }

    /// The result, and a line feed.
    ///
    /// - Parameter outputBytes: of the output, the newest, where not all of it went before.
    static func lastLine(of outcome: Outcome, outputBytes: Int? = nil) -> ByteBuffer {
        var line = ByteBuffer()
        self.write(outcome, output: outputBytes.map { self.newest($0, of: outcome) }, into: &line)
        line.writeStaticString("\n")
        return line
    }

    /// - Parameter outputBytes: of the output, the newest; what was left out is counted in front of it.
    static func json(of outcome: Outcome, outputBytes: Int = .max) -> ByteBuffer {
        var body = ByteBuffer()
        self.write(outcome, output: self.newest(outputBytes, of: outcome), into: &body)
        return body
    }

    private static func newest(_ bytes: Int, of outcome: Outcome) -> String {
        switch outcome {
        case .success(let output): self.newest(bytes, of: output)
        case .failure(let failure): self.newest(bytes, of: failure.output)
        }
    }

    private static func newest(_ bytes: Int, of output: String) -> String {
        let excess = output.utf8.count - bytes
        guard excess > 0 else { return output }
        return "[\(excess) bytes left out]\n\(String(decoding: output.utf8.suffix(bytes), as: UTF8.self))"
    }

    /// A reason may repeat what the client wrote, or what a program said.
    private static func cut(_ reason: String) -> String {
        guard reason.utf8.count > self.reasonBytes else { return reason }
        return String(decoding: reason.utf8.prefix(self.reasonBytes), as: UTF8.self) + "…"
    }

    private static func write(_ outcome: Outcome, output: String?, into buffer: inout ByteBuffer) {
        buffer.writeJSON { json in
            json.object { json in
                switch outcome {
                case .success:
                    json.member("success", true)
                    if let output { json.member("output", output) }
                case .failure(let failure):
                    json.member("success", false)
                    if let output { json.member("output", output) }
                    json.member("error", self.cut(failure.text))
                }
            }
        }
    }
}
