import Base
import Drydock
import EdgeTunnel

/// What the environment says about the tunnel.
extension TunnelSettings {
    init?(_ reader: inout EnvironmentReader, files: HostFiles) {
        let controllers = Self.controllers(&reader)
        let keyFile = Self.privateKey(&reader, files)
        let dialect = Self.dialect(&reader, controllers: controllers)
        let dial = DialSettings(&reader, files: files)
        let hostname = files.hostname()
        let heartbeat = reader.read(Settings.heartbeatInterval)
        let welcome = reader.read(Settings.welcomeTimeout)
        let delay = reader.read(Settings.reconnectDelay)
        let maximumDelay = reader.read(Settings.maxReconnectDelay)
        if delay > maximumDelay {
            reader.problem(Settings.reconnectDelay, "is \(delay), more than MAX_RECONNECT_DELAY (\(maximumDelay))")
        }
        let agentID = reader.agentID()
        let fallback = dialect ?? controllers.first?.pinned?.dialect ?? .portwing
        let agentName = reader.agentName(hostname: hostname, fallback: fallback.rawValue)
        let park = reader.read(Settings.park)
        let stateFolder = reader.stateFolder(files)
        guard let keyFile, !controllers.isEmpty else { return nil }
        self.init(
            controllers: controllers,
            dialect: dialect,
            privateKeyFile: keyFile.path,
            agentID: agentID,
            agentName: agentName,
            hostname: hostname,
            agentVersion: BuildInfo.version
        )
        self.nextPrivateKeyFile = reader.read(Settings.privateKeyNextFile)
        self.passphraseFile = keyFile.passphraseFile
        self.dial = dial
        self.heartbeat = .seconds(heartbeat)
        self.welcomeTimeout = .seconds(welcome)
        self.reconnectDelay = .seconds(delay)
        self.maximumReconnectDelay = .seconds(maximumDelay)
        self.park = park
        self.stateFolder = stateFolder
    }

    private static func privateKey(_ reader: inout EnvironmentReader, _ files: HostFiles) -> PrivateKeyFiles? {
        let key = reader.privateKey(files)
        if key == nil {
            reader.problem(
                Settings.privateKeyFile,
                "is not set; make a key with `lookout keygen > agent.pem` and name its file"
            )
        }
        return key
    }

    private static func controllers(_ reader: inout EnvironmentReader) -> [ControllerAddress] {
        let isPlaintextAllowed = reader.read(Settings.allowPlaintextController)
        let isInsecureAllowed = reader.read(Settings.allowInsecureEdgeURL)
        let entries = reader.read(Settings.drydockURL)
        if entries.isEmpty {
            let state = reader.isEdge ? "names no controller" : "is not set"
            reader.problem(Settings.drydockURL, "\(state); write it as https://drydock.example:3000")
        }
        var controllers: [ControllerAddress] = []
        for entry in entries {
            do throws(SettingProblem) {
                let address = try ControllerAddress(parsing: entry)
                if !address.usesTLS, !address.isLoopback, !isPlaintextAllowed, !isInsecureAllowed {
                    reader.problem(
                        Settings.drydockURL,
                        "is not encrypted: anyone on the way could take over this host's Docker; "
                            + "use https, or set ALLOW_PLAINTEXT_CONTROLLER=true"
                    )
                }
                if !controllers.contains(address) { controllers.append(address) }
            } catch {
                reader.problem(Settings.drydockURL, error.reason)
            }
        }
        return controllers
    }

    /// - Returns: `nil` for `auto`, which finds it out.
    private static func dialect(
        _ reader: inout EnvironmentReader,
        controllers: [ControllerAddress]
    ) -> Dialect? {
        let dialect = reader.read(Settings.edgeDialect).dialect
        for pinned in controllers.compactMap(\.pinned?.dialect) {
            if let dialect, dialect != pinned {
                reader.problem(
                    Settings.edgeDialect,
                    "is '\(dialect.rawValue)', but the path in DRYDOCK_URL is of '\(pinned.rawValue)'"
                )
            }
        }
        return dialect
    }
}
