import ArgumentParser
import FoundationEssentials
import Glibc
import Logging
import NIOCore
import NIOPosix
import UnixSignals

/// The far end of the tunnel, small enough to read in one sitting: agents dial in, and each becomes a unix socket
/// that the docker command line can be pointed at.
@main
struct EdgeController: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "edge-controller",
        abstract: "The far end of the tunnel: accepts agents, and shows what they tell.",
        subcommands: [Serve.self, Watch.self, Logs.self, Delete.self],
        defaultSubcommand: Serve.self
    )
}

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Accepts agents over WebSocket and offers each one's engine on a local unix socket (the default)."
    )

    @Option(help: "Where agents dial in, HOST:PORT; port 0 takes a free one.")
    var listen = "127.0.0.1:7100"

    @Option(help: "The agents' public keys, one `ed25519 BASE64 COMMENT` per line; read again for every hello.")
    var authorizedKeys: String

    @Option(help: "The directory for one NAME.sock per connected agent; made with mode 0700 if missing.")
    var sockets: String

    @Option(help: "A PEM certificate chain; with --tls-key, agents dial wss.")
    var tlsCert: String?

    @Option(help: "The PEM private key of --tls-cert.")
    var tlsKey: String?

    @Option(help: "Seconds between inventory polls, told to agents in the welcome.")
    var pollInterval = 300

    @Option(help: "What the welcome lists as capabilities, NAME,NAME...; without it the controller is an older one.")
    var capabilities: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    func validate() throws {
        guard ListenAddress(self.listen) != nil else {
            throw ValidationError("--listen must be HOST:PORT, for example 127.0.0.1:7100, not \(self.listen)")
        }
        guard (self.tlsCert == nil) == (self.tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key belong together; give both or neither")
        }
        guard Logger.Level(rawValue: self.logLevel) != nil else {
            throw ValidationError("--log-level does not know \(self.logLevel); see --help for the levels")
        }
        guard self.pollInterval > 0 else {
            throw ValidationError("--poll-interval must be at least 1 second, not \(self.pollInterval)")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "edge-controller")
        logger.logLevel = Logger.Level(rawValue: self.logLevel)!
        // A socket made here gives root on the agent's host, so nobody else may open it.
        umask(0o077)
        try FileManager.default.createDirectory(atPath: self.sockets, withIntermediateDirectories: true)

        let settings = try Controller.Settings(
            address: ListenAddress(self.listen)!,
            keyFile: self.authorizedKeys,
            socketDirectory: self.sockets,
            pollIntervalSeconds: self.pollInterval,
            capabilities: self.capabilities.map { $0.split(separator: ",").map(String.init) },
            tls: self.tlsCert.map { try .server(chain: $0, key: self.tlsKey!) }
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let controller = try await loop.submit { [logger] in
            NIOLoopBound(try Controller(settings: settings, eventLoop: loop, logger: logger), eventLoop: loop)
        }.get()
        do {
            try await loop.flatSubmit { controller.value.start() }.get()
        } catch {
            throw ValidationError("cannot listen on \(self.listen), choose another address: \(error)")
        }
        for await signal in signals {
            guard signal == .sighup else { break }
            try await loop.submit { controller.value.dropRevokedAgents() }.get()
        }
        try await loop.flatSubmit { controller.value.stop() }.get()
        try await group.shutdownGracefully()
    }
}

/// `HOST:PORT`, the host in brackets if it is an IPv6 address.
struct ListenAddress: Sendable {
    let host: String
    let port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        (self.host, self.port) = (String(host), Int(port))
    }
}
