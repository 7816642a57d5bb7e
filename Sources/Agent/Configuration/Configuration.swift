import Auth
import ContainerChecks
import ContainerWatch
import DockerBridge
import EdgeTunnel
import LocalServer
import Logging
import Trail

/// All settings of the agent, read from its environment and checked.
struct Configuration {
    var mode: Mode
    var engine: EngineAddress
    var limits: RequestDispatcher.Limits
    var sessions: SessionLimits
    /// Which containers may be created.
    var admission: AdmissionSettings
    /// What this host allows.
    var policy: PolicySettings
    /// Which rules the findings of the containers that run come from.
    var auditProfile: Profile
    var inventory: InventorySettings
    /// `nil` where Compose is switched off.
    var compose: ComposeService.Settings?
    /// Where the audit trail is written; `nil` for no file.
    var auditLog: AuditDestination?
    var logLevel: Logger.Level
    var logFormat: LogFormat
    /// For the log at the start.
    var warnings: [String]

    /// Which side dials. `DRYDOCK_URL` decides.
    enum Mode {
        /// The agent dials; `operations` is where health and status are told on this host.
        case edge(TunnelSettings, operations: OperationsSettings)
        /// The agent waits for connections.
        case standard(StandardSettings)
    }

    /// - Throws: `AgentError` with all that is wrong.
    init(environment: [String: String], output: OutputKind, files: HostFiles = .real) throws(AgentError) {
        var reader = EnvironmentReader(environment)
        self.logLevel = reader.read(Settings.logLevel).level
        self.logFormat = reader.read(Settings.logFormat) ?? output.logFormat
        self.limits = RequestDispatcher.Limits(&reader)
        self.sessions = SessionLimits(&reader)
        self.admission = AdmissionSettings(&reader, files: files)
        self.auditProfile = reader.read(Settings.auditProfile)
        self.policy = PolicySettings(&reader, files: files)
        self.inventory = InventorySettings(&reader)
        self.compose = ComposeService.Settings(&reader, environment: environment)
        self.auditLog = reader.read(Settings.auditLog).map { AuditDestination(setting: $0) }
        let engine = EngineAddress(&reader, environment: environment, files: files)
        let mode: Mode?
        if reader.isEdge {
            var tunnel = TunnelSettings(&reader, files: files)
            tunnel?.offersCompose = self.compose != nil
            let operations = OperationsSettings(&reader)
            mode = tunnel.flatMap { tunnel in operations.map { .edge(tunnel, operations: $0) } }
        } else {
            reader.refuseForeignControllers()
            mode = StandardSettings(&reader, files: files).map { .standard($0) }
        }
        guard reader.problems.isEmpty, let engine, let mode else { throw AgentError(settings: reader.problems) }
        self.engine = engine
        self.mode = mode
        self.warnings = reader.warnings
    }
}
