import Auth
import ContainerWatch
import DockerBridge
import EdgeTunnel
import Glibc
import LocalServer
import Logging

/// Everything the agent is told by its environment, checked. Nothing else reads the environment.
struct Configuration {
    var mode: Mode
    var engine: EngineAddress
    var limits: RequestDispatcher.Limits
    var sessions: SessionLimits
    /// Which containers may be created.
    var admission: AdmissionSettings
    /// Which rules the findings of the containers that run come from.
    var auditProfile: Profile
    var inventory: InventorySettings
    /// Where it is written down who did what.
    var auditLog: AuditDestination?
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// For the log at the start.
    var warnings: [String]

    /// Who dials whom. `DRYDOCK_URL` decides.
    enum Mode {
        /// The agent dials; `operations` is where health and status are told on this host.
        case edge(TunnelSettings, operations: OperationsSettings)
        /// The agent waits for connections.
        case standard(StandardSettings)
    }

    /// What is wrong, all of it, each a sentence that names the variable.
    struct Invalid: Error, CustomStringConvertible {
        let problems: [String]
        var description: String { self.problems.joined(separator: "; ") }
    }

    init(environment: [String: String], output: OutputKind, files: HostFiles = .real) throws(Invalid) {
        var reader = EnvironmentReader(environment)
        (self.logLevel, self.logFormat) = Self.logging(&reader, output: output)
        self.limits = Self.limits(&reader)
        self.sessions = Self.sessions(&reader)
        self.admission = Self.admission(&reader, files: files)
        self.auditProfile = reader.choice("AUDIT_PROFILE", default: .standard)
        self.inventory = Self.inventory(&reader)
        self.auditLog = reader.string("AUDIT_LOG").map { AuditDestination(setting: $0) }
        let engine = Self.engine(&reader, environment: environment, files: files)
        let mode: Mode?
        if Self.isEdge(reader) {
            let tunnel = Self.tunnel(&reader, files: files)
            let operations = Self.operations(&reader)
            mode = tunnel.flatMap { tunnel in operations.map { .edge(tunnel, operations: $0) } }
        } else {
            Self.checkForeignControllers(&reader)
            mode = Self.standard(&reader, environment: environment, files: files).map { .standard($0) }
        }
        guard reader.problems.isEmpty, let engine, let mode else { throw Invalid(problems: reader.problems) }
        self.engine = engine
        self.mode = mode
        self.warnings = reader.warnings
    }

    // MARK: Logging

    private static func logging(
        _ reader: inout EnvironmentReader,
        output: OutputKind
    ) -> (Logger.Level, LogFormat) {
        let level: Logger.Level
        switch reader.string("LOG_LEVEL")?.lowercased() {
        case nil, "info": level = .info
        case "debug", "trace": level = .debug
        case "warn", "warning": level = .warning
        case "error": level = .error
        case let other?:
            reader.problem("LOG_LEVEL", "is '\(other)'; it must be one of debug, info, warn, error")
            level = .info
        }
        return (level, reader.choice("LOG_FORMAT", default: output.logFormat))
    }

    // MARK: Engine

    static func engine(
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
}
