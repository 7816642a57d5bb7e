import Base
import Drydock
import EdgeTunnel

/// What the environment says about the tunnel.
extension Configuration {
    static func tunnel(_ reader: inout EnvironmentReader, files: HostFiles) -> TunnelSettings? {
        let controllers = Self.controllers(&reader)
        let keyFile = Self.privateKeyFile(&reader, files: files)
        let dialect = Self.dialect(&reader, controllers: controllers)
        let dial = Self.dial(&reader, files: files)
        let hostname = files.hostname()
        let heartbeat = reader.integer("HEARTBEAT_INTERVAL", default: 30, in: 1...3600)
        let welcome = reader.integer("WELCOME_TIMEOUT", default: 30, in: 1...3600)
        let delay = reader.integer("RECONNECT_DELAY", default: 1, in: 1...86400)
        let maximumDelay = reader.integer("MAX_RECONNECT_DELAY", default: 60, in: 1...86400)
        if delay > maximumDelay {
            reader.problem("RECONNECT_DELAY", "is \(delay), more than MAX_RECONNECT_DELAY (\(maximumDelay))")
        }
        let agentID = Self.agentID(&reader)
        let fallback = dialect ?? controllers.first?.pinned?.dialect ?? .portwing
        let agentName = Self.agentName(&reader, hostname: hostname, fallback: fallback.rawValue)
        let park = reader.choice("PARK", default: TunnelSettings.ParkMode.wait)
        let stateFolder = Self.stateFolder(&reader, files: files)
        guard let keyFile, !controllers.isEmpty else { return nil }
        var settings = TunnelSettings(
            controllers: controllers,
            dialect: dialect,
            privateKeyFile: keyFile.path,
            agentID: agentID,
            agentName: agentName,
            hostname: hostname,
            agentVersion: BuildInfo.version
        )
        settings.nextPrivateKeyFile = reader.string("PRIVATE_KEY_NEXT_FILE")
        settings.passphraseFile = keyFile.passphraseFile
        settings.dial = dial
        settings.heartbeat = .seconds(heartbeat)
        settings.welcomeTimeout = .seconds(welcome)
        settings.reconnectDelay = .seconds(delay)
        settings.maximumReconnectDelay = .seconds(maximumDelay)
        settings.park = park
        settings.stateFolder = stateFolder
        return settings
    }

    /// Where the agent keeps what has to survive it; in both modes.
    static func stateFolder(_ reader: inout EnvironmentReader, files: HostFiles) -> String? {
        let folder = reader.string("STATE_DIR")
        if let folder, !files.exists(folder) {
            reader.problem("STATE_DIR", "names '\(folder)', which does not exist; make it, writable for the agent")
        }
        return folder
    }

    // MARK: Controller

    private static func controllers(_ reader: inout EnvironmentReader) -> [ControllerAddress] {
        // The second name is Portwing's.
        let allowsPlaintext = reader.boolean("ALLOW_PLAINTEXT_CONTROLLER", default: false)
        let allowsInsecure = reader.boolean("ALLOW_INSECURE_EDGE_URL", default: false)
        let entries = reader.list("DRYDOCK_URL")
        if entries.isEmpty {
            let state = reader.string("DRYDOCK_URL") == nil ? "is not set" : "names no controller"
            reader.problem("DRYDOCK_URL", "\(state); write it as https://drydock.example:3000")
        }
        var controllers: [ControllerAddress] = []
        for entry in entries {
            do throws(ControllerAddress.ParseError) {
                let address = try ControllerAddress(parsing: entry)
                if !address.usesTLS, !address.isLoopback, !allowsPlaintext, !allowsInsecure {
                    reader.problem(
                        "DRYDOCK_URL",
                        "is not encrypted: anyone on the way could take over this host's Docker; "
                            + "use https, or set ALLOW_PLAINTEXT_CONTROLLER=true"
                    )
                }
                if !controllers.contains(address) { controllers.append(address) }
            } catch {
                reader.problem("DRYDOCK_URL", error.reason)
            }
        }
        return controllers
    }

    /// - Returns: `nil` for `auto`, which finds it out.
    private static func dialect(
        _ reader: inout EnvironmentReader,
        controllers: [ControllerAddress]
    ) -> Dialect? {
        let dialect = reader.choice("EDGE_DIALECT", default: DialectChoice.auto).dialect
        for pinned in controllers.compactMap(\.pinned?.dialect) {
            if let dialect, dialect != pinned {
                reader.problem(
                    "EDGE_DIALECT",
                    "is '\(dialect.rawValue)', but the path in DRYDOCK_URL is of '\(pinned.rawValue)'"
                )
            }
        }
        return dialect
    }

    private enum DialectChoice: String, CaseIterable {
        case auto
        case portwing
        case lookout

        var dialect: Dialect? { Dialect(rawValue: self.rawValue) }
    }

    // MARK: Identity

    private static func privateKeyFile(
        _ reader: inout EnvironmentReader,
        files: HostFiles
    ) -> (path: String, passphraseFile: String?)? {
        let passphraseFile = reader.string("PRIVATE_KEY_PASSPHRASE_FILE")
        guard let path = reader.string("PRIVATE_KEY_FILE") else {
            reader.problem(
                "PRIVATE_KEY_FILE",
                "is not set; make a key with `lookout keygen > agent.pem` and name its file"
            )
            return nil
        }
        if let problem = files.keyProblem(path, passphraseFile) { reader.problem("PRIVATE_KEY_FILE", problem) }
        return (path, passphraseFile)
    }

    static func agentID(_ reader: inout EnvironmentReader) -> String? {
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

    static func agentName(
        _ reader: inout EnvironmentReader,
        hostname: String,
        fallback: String
    ) -> String {
        let name = reader.string("AGENT_NAME") ?? (hostname.isEmpty ? fallback : hostname)
        if name.utf16.count > 256 {
            reader.problem("AGENT_NAME", "has \(name.utf16.count) characters; 256 are accepted")
        }
        return name
    }
}
