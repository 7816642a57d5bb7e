import Auth
import DockerBridge
import LocalServer

/// What standard mode is told.
struct StandardSettings {
    var listener: ListenerSettings
    var credentials: Credentials
    var browsers: BrowserGuard
    var maximumClockSkewSeconds: Int
    var nonces: Int
    var adapter: Adapter
    /// Whether a controller may enroll its key over plain HTTP.
    var allowsPlainEnrollment: Bool
    var compose: ComposeService.Settings
    /// Records of the audit trail that can be asked for over HTTP; 0 for none.
    var auditRingCapacity: Int
    /// Signs the checkpoints of the audit trail; `nil` for a trail without.
    var signingKey: (path: String, passphraseFile: String?)?
    /// Where used nonces survive the process.
    var stateFolder: String?
    var hostname: String
    var agentName: String
    var agentID: String
}

/// What the environment says about standard mode.
extension Configuration {
    /// Handed to `Auth`, which knows their order.
    private static let credentialVariables = [
        "TOKEN", "TOKEN_FILE", "DD_AGENT_SECRET", "DD_AGENT_SECRET_FILE", "TOKEN_HASH", "TOKEN_HASH_FILE",
        "AUTHORIZED_KEYS", "AUTHORIZED_KEYS_FILE", "TRUSTED_PROXIES", "ENROLLMENT_TOKEN", "ENROLLMENT_TOKEN_FILE",
    ]

    static func standard(
        _ reader: inout EnvironmentReader,
        environment: [String: String],
        files: HostFiles
    ) -> StandardSettings? {
        let address = Self.address(&reader)
        let tls = Self.listenerTLS(&reader, files: files)
        let maximumConnections = reader.integer("MAX_CONNECTIONS", default: 4096, in: 16...65536)
        let skew = reader.integer("MAX_CLOCK_SKEW_SECONDS", default: 60, in: 1...3600)
        let nonces = reader.integer("NONCE_LRU_SIZE", default: 10_000, in: 100...1_000_000)
        let adapter = reader.choice("ADAPTER", default: Adapter.drydock)
        let compose = Self.compose(&reader, environment: environment)
        let plainEnrollment = reader.boolean("ALLOW_PLAINTEXT_ENROLLMENT", default: false)
        let ring = reader.integer("AUDIT_BUFFER_SIZE", default: 256, in: 0...AuditTrail.maxRingCapacity)
        let hostname = files.hostname()
        let agentName = Self.agentName(&reader, hostname: hostname, fallback: "lookout")
        let agentID = Self.agentID(&reader) ?? agentName
        let signingKey = Self.signingKey(&reader, files: files)
        let stateFolder = Self.stateFolder(&reader, files: files)
        let credentials = Self.credentials(&reader, address: address)
        guard let address, let credentials else { return nil }
        let browsers = Self.browsers(&reader, address: address, tls: tls)
        var listener = ListenerSettings(address: address, tls: tls)
        listener.maximumConnections = maximumConnections
        for warning in credentials.warnings { reader.warn(warning) }
        if let key = tls?.key, files.isWorldReadable(key) {
            reader.warning("TLS_KEY", "names \(key), which every user of this host can read; run `chmod 600` on it")
        }
        return StandardSettings(
            listener: listener,
            credentials: credentials,
            browsers: browsers,
            maximumClockSkewSeconds: skew,
            nonces: nonces,
            adapter: adapter,
            allowsPlainEnrollment: plainEnrollment,
            compose: compose,
            auditRingCapacity: ring,
            signingKey: signingKey,
            stateFolder: stateFolder,
            hostname: hostname,
            agentName: agentName,
            agentID: agentID
        )
    }

    private static func signingKey(
        _ reader: inout EnvironmentReader,
        files: HostFiles
    ) -> (path: String, passphraseFile: String?)? {
        guard let path = reader.string("PRIVATE_KEY_FILE") else { return nil }
        let passphraseFile = reader.string("PRIVATE_KEY_PASSPHRASE_FILE")
        if let problem = files.keyProblem(path, passphraseFile) { reader.problem("PRIVATE_KEY_FILE", problem) }
        return (path, passphraseFile)
    }

    private static func credentials(_ reader: inout EnvironmentReader, address: BindAddress?) -> Credentials? {
        var variables: [String: String] = [:]
        for name in Self.credentialVariables { variables[name] = reader.string(name) }
        let circumstances = Credentials.Circumstances(
            isEdge: false,
            bindsToLoopback: address?.isForThisHost ?? true,
            allowsUnauthenticated: reader.boolean("ALLOW_UNAUTHENTICATED", default: false),
            allowsUnauthenticatedRemote: reader.boolean("ALLOW_UNAUTHENTICATED_REMOTE", default: false)
        )
        do throws(Credentials.Problems) {
            return try Credentials(from: variables, in: circumstances)
        } catch {
            for problem in error.all {
                // Whoever means to dial out and has lost the settings must not be talked into an open door.
                let hint =
                    problem.code == .noCredentials
                    ? ", and DRYDOCK_URL is not set, so this is standard mode; set that to dial a controller, or "
                    : "; "
                reader.problem(problem.setting, problem.detail + hint + problem.advice)
            }
            return nil
        }
    }
}
