import Base
import DockerBridge
import Logging
import NIOCore

/// Writes the frames of a tunnel that belong to no stream: hello, pings and their answers, errors, the close frame; and logs
/// what a controller complains of or sends in vain.
///
/// Concurrency: lives on the tunnel's event loop.
final class ControlWriter {
    /// Frames of a session that are worth a warning each: malformed ones, and errors that concern no open stream.
    private static let maximumWarnings = 20

    private let outbox: Outbox
    private let logger: Logger
    private var warnings = 0
    private var hasSentClose = false

    init(outbox: Outbox, logger: Logger) {
        self.outbox = outbox
        self.logger = logger
    }

    private var allocator: ByteBufferAllocator { self.outbox.allocator }

    /// - Parameter write: writes the signed hello's text.
    func hello(_ write: (inout ByteBuffer) -> Void) {
        self.outbox.pushControl(FrameBuilder(capacity: 1024, allocator: self.allocator, writing: write))
    }

    func ping() {
        self.outbox.pushControl(
            ControlFrames.ping(milliseconds: UnixTime.now.milliseconds, allocator: self.allocator)
        )
    }

    func pong(_ timestamp: ByteBuffer?) {
        self.outbox.pushControl(ControlFrames.pong(timestamp: timestamp, allocator: self.allocator))
    }

    /// Answers a WebSocket ping.
    func echo(_ payload: ByteBuffer) {
        let pong = FrameBuilder(capacity: payload.readableBytes, allocator: self.allocator) {
            $0.writeImmutableBuffer(payload)
        }
        self.outbox.pushControl(pong, .pong)
    }

    func answer(_ malformed: Malformed) {
        self.warn("malformed frame", ["reason": "\(malformed.reason)"])
        if let id = malformed.requestID {
            self.outbox.pushControl(
                ResponseFrames.error(malformed.reason, requestID: id, allocator: self.allocator)
            )
        } else if let id = malformed.execID {
            let end = ExecEnd(reason: "error: \(malformed.reason)")
            self.outbox.pushControl(ExecFrames.end(id: id, end, allocator: self.allocator))
        } else if malformed.isTold {
            self.outbox.pushControl(ControlFrames.error(malformed.reason, allocator: self.allocator))
        }
    }

    /// Does nothing when our close frame is on its way: none may follow it.
    func close(code: UInt16, reason: StaticString) {
        guard !self.hasSentClose else { return }
        self.hasSentClose = true
        self.outbox.pushControl(ControlFrames.close(code: code, reason: reason, allocator: self.allocator), .close)
        self.outbox.pump()
    }

    // MARK: Log

    func note(_ error: PeerError) {
        self.warn(
            "controller reports an error",
            ["code": "\(error.code ?? "none")", "message": "\(error.message)"]
        )
    }

    func ignored(_ type: String) {
        self.logger.debug("frame ignored", metadata: ["type": "\(type)"])
    }

    /// A controller that sends nonsense for ever does not fill the log with it.
    private func warn(_ message: Logger.Message, _ metadata: Logger.Metadata) {
        self.warnings += 1
        self.logger.log(level: self.warnings <= Self.maximumWarnings ? .warning : .debug, message, metadata: metadata)
    }
}
