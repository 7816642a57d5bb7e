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
    /// Records of the audit trail that can be asked for over HTTP; 0 for none.
    var auditRingCapacity: Int
    /// Signs the checkpoints of the audit trail; `nil` for a trail without.
    var signingKey: PrivateKeyFiles?
    /// Where used nonces survive the process.
    var stateFolder: String?
    var hostname: String
    var agentName: String
    var agentID: String
}

extension StandardSettings {
    /// Handed to `Auth`, which knows their order.
    private static let credentialSettings = [
        Settings.token, Settings.tokenFile, Settings.agentSecret, Settings.agentSecretFile, Settings.tokenHash,
        Settings.tokenHashFile, Settings.authorizedKeys, Settings.authorizedKeysFile, Settings.trustedProxies,
        Settings.enrollmentToken, Settings.enrollmentTokenFile,
    ]

    /// - Returns: `nil` where it would not be safe or possible to listen, which is then a problem of the reader.
    init?(_ reader: inout EnvironmentReader, files: HostFiles) {
        let address = reader.address()
        let tls = TLSFiles(&reader, files: files)
        let maximumConnections = reader.read(Settings.maxConnections)
        let skew = reader.read(Settings.maxClockSkew)
        let nonces = reader.read(Settings.nonces)
        let adapter = reader.read(Settings.adapter)
        let plainEnrollment = reader.read(Settings.allowPlaintextEnrollment)
        let ring = reader.read(Settings.auditBufferSize)
        let hostname = files.hostname()
        let agentName = reader.agentName(hostname: hostname, fallback: "lookout")
        let agentID = reader.agentID() ?? agentName
        let signingKey = reader.privateKey(files)
        let stateFolder = reader.stateFolder(files)
        let credentials = Self.credentials(&reader, address: address)
        guard let address, let credentials else { return nil }
        let browsers = reader.browsers(address: address, tls: tls)
        var listener = ListenerSettings(address: address, tls: tls)
        listener.maximumConnections = maximumConnections
        for warning in credentials.warnings { reader.warn(warning) }
        if let key = tls?.key, files.isWorldReadable(key) {
            reader.warning(
                Settings.tlsKey,
                "names \(key), which every user of this host can read; run `chmod 600` on it"
            )
        }
        self.init(
            listener: listener,
            credentials: credentials,
            browsers: browsers,
            maximumClockSkewSeconds: skew,
            nonces: nonces,
            adapter: adapter,
            allowsPlainEnrollment: plainEnrollment,
            auditRingCapacity: ring,
            signingKey: signingKey,
            stateFolder: stateFolder,
            hostname: hostname,
            agentName: agentName,
            agentID: agentID
        )
    }

    private static func credentials(_ reader: inout EnvironmentReader, address: BindAddress?) -> Credentials? {
        var variables: [String: String] = [:]
        for setting in Self.credentialSettings { variables[setting.name] = reader.read(setting) }
        let circumstances = Credentials.Circumstances(
            isEdge: false,
            bindsToLoopback: address?.isForThisHost ?? true,
            allowsUnauthenticated: reader.read(Settings.allowUnauthenticated),
            allowsUnauthenticatedRemote: reader.read(Settings.allowUnauthenticatedRemote)
        )
        do throws(Credentials.Problems) {
            return try Credentials(from: variables, in: circumstances)
        } catch {
            for problem in error.all {
                // An operator who means to dial and has lost the settings must not be advised to open the port.
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
