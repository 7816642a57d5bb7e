import DockerBridge
import EdgeTunnel
import Glibc
import Logging

/// Everything the agent is told by its environment, checked. Nothing else reads the environment.
struct Configuration {
    var tunnel: TunnelSettings
    var engine: EngineAddress
    /// To the complete answer of a plain request; `nil` waits for ever.
    var requestTimeout: Duration?
    var logLevel: Logger.Level
    var logFormat: LogFormat

    /// What is wrong, all of it, each a sentence that names the variable.
    struct Invalid: Error, CustomStringConvertible {
        let problems: [String]
        var description: String { self.problems.joined(separator: "; ") }
    }

    init(environment: [String: String], isTerminal: Bool, files: HostFiles = .real) throws(Invalid) {
        var reader = EnvironmentReader(environment)
        (self.logLevel, self.logFormat) = Self.logging(&reader, isTerminal: isTerminal)
        let seconds = reader.integer("REQUEST_TIMEOUT", default: 30, in: 0...3600)
        self.requestTimeout = seconds == 0 ? nil : .seconds(seconds)
        let engine = Self.engine(&reader, environment: environment, files: files)
        let tunnel = Self.tunnel(&reader, files: files)
        guard reader.problems.isEmpty, let engine, let tunnel else { throw Invalid(problems: reader.problems) }
        self.engine = engine
        self.tunnel = tunnel
    }

    // MARK: Logging

    private static func logging(
        _ reader: inout EnvironmentReader,
        isTerminal: Bool
    ) -> (Logger.Level, LogFormat) {
        let level: Logger.Level
        switch reader.string("LOG_LEVEL")?.lowercased() {
        case nil, "info": level = .info
        case "debug": level = .debug
        case "warn", "warning": level = .warning
        case "error": level = .error
        case let other?:
            reader.problem("LOG_LEVEL", "is '\(other)'; it must be one of debug, info, warn, error")
            level = .info
        }
        return (level, reader.choice("LOG_FORMAT", default: isTerminal ? .text : .json))
    }

    // MARK: Engine

    private static func engine(
        _ reader: inout EnvironmentReader,
        environment: [String: String],
        files: HostFiles
    ) -> EngineAddress? {
        if let text = reader.string("DOCKER_SOCKET") {
            return Self.parse(text, variable: "DOCKER_SOCKET", tls: nil, &reader)
        }
        let verifies = reader.boolean("DOCKER_TLS_VERIFY", default: false)
        let tls = reader.string("DOCKER_CERT_PATH").map { EngineAddress.TLS(folder: $0, verifies: verifies) }
        if let text = reader.string("DOCKER_HOST") {
            if verifies, tls == nil {
                reader.problem(
                    "DOCKER_TLS_VERIFY",
                    "needs DOCKER_CERT_PATH, the folder of ca.pem, cert.pem and key.pem"
                )
            }
            return Self.parse(text, variable: "DOCKER_HOST", tls: tls, &reader)
        }
        return EngineAddress.detect(environment: environment, userID: getuid(), exists: files.exists)
    }

    private static func parse(
        _ text: String,
        variable: String,
        tls: EngineAddress.TLS?,
        _ reader: inout EnvironmentReader
    ) -> EngineAddress? {
        do {
            return try EngineAddress(parsing: text, tls: tls)
        } catch {
            reader.problem(variable, error.reason)
            return nil
        }
    }

    // MARK: Tunnel

    private static func tunnel(_ reader: inout EnvironmentReader, files: HostFiles) -> TunnelSettings? {
        let controller = Self.controller(&reader)
        let keyFile = Self.privateKeyFile(&reader, files: files)
        let dialect = reader.choice("EDGE_DIALECT", default: controller?.pinned?.dialect ?? .portwing)
        if let pinned = controller?.pinned?.dialect, pinned != dialect {
            reader.problem(
                "EDGE_DIALECT",
                "is '\(dialect.rawValue)', but the path in DRYDOCK_URL is of '\(pinned.rawValue)'"
            )
        }
        let hostname = files.hostname()
        var tls = TunnelSettings.TLS()
        tls.caCertificateFile = reader.string("CA_CERT")
        if let file = tls.caCertificateFile, !files.exists(file) {
            reader.problem("CA_CERT", "names '\(file)', which does not exist")
        }
        tls.verifies = !reader.boolean("TLS_SKIP_VERIFY", default: false)
        let heartbeat = reader.integer("HEARTBEAT_INTERVAL", default: 30, in: 1...3600)
        let welcome = reader.integer("WELCOME_TIMEOUT", default: 30, in: 1...3600)
        let delay = reader.integer("RECONNECT_DELAY", default: 1, in: 1...86400)
        let maximumDelay = reader.integer("MAX_RECONNECT_DELAY", default: 60, in: 1...86400)
        if delay > maximumDelay {
            reader.problem("RECONNECT_DELAY", "is \(delay), more than MAX_RECONNECT_DELAY (\(maximumDelay))")
        }
        let agentID = Self.agentID(&reader)
        let agentName = Self.agentName(&reader, hostname: hostname, dialect: dialect)
        guard let controller, let keyFile else { return nil }
        var settings = TunnelSettings(
            controller: controller,
            dialect: dialect,
            privateKeyFile: keyFile,
            agentID: agentID,
            agentName: agentName,
            hostname: hostname,
            agentVersion: BuildInfo.version
        )
        settings.tls = tls
        settings.heartbeat = .seconds(heartbeat)
        settings.welcomeTimeout = .seconds(welcome)
        settings.reconnectDelay = .seconds(delay)
        settings.maximumReconnectDelay = .seconds(maximumDelay)
        return settings
    }

    private static func controller(_ reader: inout EnvironmentReader) -> ControllerAddress? {
        let allowsPlaintext = reader.boolean("ALLOW_PLAINTEXT_CONTROLLER", default: false)
        guard let text = reader.string("DRYDOCK_URL") else {
            reader.problem("DRYDOCK_URL", "is not set; it names the controller, as in https://drydock.example:3000")
            return nil
        }
        do {
            let address = try ControllerAddress(parsing: text)
            if !address.usesTLS, !address.isLoopback, !allowsPlaintext {
                reader.problem(
                    "DRYDOCK_URL",
                    "is not encrypted: anyone on the way could take over this host's Docker; "
                        + "use https, or set ALLOW_PLAINTEXT_CONTROLLER=true"
                )
            }
            return address
        } catch {
            reader.problem("DRYDOCK_URL", error.reason)
            return nil
        }
    }

    private static func privateKeyFile(_ reader: inout EnvironmentReader, files: HostFiles) -> String? {
        guard let path = reader.string("PRIVATE_KEY_FILE") else {
            reader.problem(
                "PRIVATE_KEY_FILE",
                "is not set; make a key with `lookout keygen > agent.pem` and name its file"
            )
            return nil
        }
        if let problem = files.keyProblem(path) { reader.problem("PRIVATE_KEY_FILE", problem) }
        return path
    }

    private static func agentID(_ reader: inout EnvironmentReader) -> String? {
        guard let id = reader.string("AGENT_ID") else { return nil }
        let isValid =
            id.utf8.count <= 64
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        if !isValid { reader.problem("AGENT_ID", "is '\(id)'; it may have 1 to 64 letters, digits, '_' and '-'") }
        return id
    }

    private static func agentName(
        _ reader: inout EnvironmentReader,
        hostname: String,
        dialect: Dialect
    ) -> String {
        let name = reader.string("AGENT_NAME") ?? (hostname.isEmpty ? dialect.rawValue : hostname)
        if name.utf16.count > 256 {
            reader.problem("AGENT_NAME", "has \(name.utf16.count) characters; 256 are accepted")
        }
        return name
    }
}
