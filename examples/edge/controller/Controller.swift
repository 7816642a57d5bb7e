import Auth
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Knows who is connected. Everything here and below runs on one event loop, so nothing needs a lock.
final class Controller {
    struct Settings: Sendable {
        let address: ListenAddress
        let keyFile: String
        let socketDirectory: String
        let pollIntervalSeconds: Int
        /// `nil` for a welcome without the list, as older controllers send it.
        let capabilities: [String]?
        let tls: NIOSSLContext?
    }

    let settings: Settings
    let eventLoop: any EventLoop
    let logger: Logger
    private var gate = HelloGate()
    private var agents: [String: AgentHandler] = [:]
    private var listener: (any Channel)?

    /// - Throws: if the key file cannot be used, so that a wrong path shows at the start and not at the first hello.
    init(settings: Settings, eventLoop: any EventLoop, logger: Logger) throws {
        (self.settings, self.eventLoop, self.logger) = (settings, eventLoop, logger)
        for warning in try AuthorizedKeys.load(path: settings.keyFile).warnings {
            logger.warning("authorized keys", metadata: ["warning": "\(warning)"])
        }
    }

    /// Opens the listener and announces its address on standard output.
    func start() -> EventLoopFuture<Void> {
        AgentListener.open(for: self).assumeIsolated().map { channel in
            self.listener = channel
            Self.announce("listening on \(self.settings.address.host):\(channel.localAddress?.port ?? 0)")
        }.nonisolated()
    }

    /// Reads the keys anew and judges a hello by them.
    func admit(_ hello: ByteBuffer, dialect: Dialect) throws(HelloRefusal) -> HelloGate.Admission {
        let keys: AuthorizedKeys
        do {
            keys = try AuthorizedKeys.load(path: self.settings.keyFile)
        } catch {
            self.logger.error("cannot read the authorized keys", metadata: ["error": "\(error)"])
            throw HelloRefusal(.internalError, "the controller cannot read its key file")
        }
        let now = Date().timeIntervalSince1970
        return try self.gate.admit(hello, dialect: dialect, now: now, keys: keys) { self.agents[$0] != nil }
    }

    func join(_ handler: AgentHandler, as name: String) {
        self.agents[name] = handler
    }

    func leave(_ name: String) {
        self.agents[name] = nil
    }

    func socketPath(for name: String) -> String { "\(self.settings.socketDirectory)/\(name).sock" }

    /// Ends the session of every agent whose key is no longer in the file.
    func dropRevokedAgents() {
        do {
            let keys = try AuthorizedKeys.load(path: self.settings.keyFile)
            for handler in self.agents.values where handler.keyID.map({ keys[$0] == nil }) ?? false {
                handler.refuse(HelloRefusal(.unknownKey, "the key was revoked"))
            }
        } catch {
            self.logger.error("keeping all agents: cannot read the authorized keys", metadata: ["error": "\(error)"])
        }
    }

    /// Says goodbye to everybody; done when the last connection is closed.
    func stop() -> EventLoopFuture<Void> {
        self.listener?.close(promise: nil)
        let goodbyes = self.agents.values.map { $0.close(.goingAway, reason: "controller stopping") }
        return .andAllComplete(goodbyes, on: self.eventLoop)
    }

    /// One line on standard output that a script can wait for.
    static func announce(_ line: String) {
        let text = Array("\(line)\n".utf8)
        _ = write(STDOUT_FILENO, text, text.count)
    }
}
