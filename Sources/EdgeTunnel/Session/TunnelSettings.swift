import Auth
package import Drydock

/// What the tunnel needs to know, already checked.
package struct TunnelSettings: Sendable {
    /// In the order in which they are tried; at least one.
    package var controllers: [ControllerAddress]
    /// `nil` finds out which one the controller speaks.
    package var dialect: Dialect?
    /// PKCS#8 PEM; read again for every hello, so that replacing a file needs no restart.
    package var privateKeyFile: String
    /// Tried when the controller does not know the key in `privateKeyFile`.
    package var nextPrivateKeyFile: String?
    /// Holds the passphrase of the private keys, when they are encrypted.
    package var passphraseFile: String?
    /// 1 to 64 of `A-Za-z0-9_-`; `nil` derives a stable one from the key.
    package var agentID: String?
    /// At most 256 UTF-16 units.
    package var agentName: String
    package var hostname: String
    package var agentVersion: String
    package var dial = DialSettings()
    package var reconnectDelay: Duration = .seconds(1)
    package var maximumReconnectDelay: Duration = .seconds(60)
    /// Between two of our pings.
    package var heartbeat: Duration = .seconds(30)
    /// From our hello to the controller's welcome.
    package var welcomeTimeout: Duration = .seconds(30)
    /// Whether the hello says that Compose operations are served.
    package var offersCompose = false
    /// `MAX_EXEC_SESSIONS`.
    package var maximumExecs = 100
    /// `MAX_STREAM_SESSIONS`; `nil` for no limit beside that of all requests.
    package var maximumStreams: Int?
    /// Between the starts of two dials, whatever happened.
    var dialFloor = Recovery.floor
    /// Over which a fleet spreads its dials after a SIGHUP.
    var reloadSpread = Recovery.fleetSpread
    /// What happens when only a person can help.
    package var park = ParkMode.wait
    /// Keeps the attempt log across restarts; `nil` keeps it in memory.
    package var stateFolder: String?

    /// What follows an answer that only a person can change.
    package enum ParkMode: String, CaseIterable, Sendable {
        /// Rest, dial now and then, and at once when something was changed.
        case wait
        /// End with a failure, for a supervisor to see.
        case exit
    }

    package init(
        controllers: [ControllerAddress],
        dialect: Dialect?,
        privateKeyFile: String,
        agentID: String?,
        agentName: String,
        hostname: String,
        agentVersion: String
    ) {
        self.controllers = controllers
        self.dialect = dialect
        self.privateKeyFile = privateKeyFile
        self.agentID = agentID
        self.agentName = agentName
        self.hostname = hostname
        self.agentVersion = agentVersion
    }

    /// Those that decide who the agent is.
    var keyFiles: [String] {
        [self.privateKeyFile] + [self.nextPrivateKeyFile, self.passphraseFile].compactMap(\.self)
    }

    /// Those that decide whom it trusts, and what it shows of itself below the hello.
    var trustFiles: [String] {
        let client = self.dial.tls.client
        return [self.dial.tls.caCertificateFile, client?.certificateFile, client?.keyFile].compactMap(\.self)
    }

    func signingKey(_ slot: KeySlot) throws(KeyFileError) -> SigningKey {
        let file = slot == .next ? self.nextPrivateKeyFile ?? self.privateKeyFile : self.privateKeyFile
        return try SigningKey.load(path: file, passphraseFile: self.passphraseFile)
    }

    func hello(dialect: Dialect, key: SigningKey, dockerVersion: String) -> SignedHello {
        SignedHello(
            dialect: dialect,
            agentID: self.agentID ?? key.verifyingKey.stableAgentID,
            agentName: self.agentName,
            hostname: self.hostname,
            agentVersion: self.agentVersion,
            dockerVersion: dockerVersion,
            offersCompose: self.offersCompose
        )
    }

    /// One that knows no address yet.
    var originDialer: OriginDialer {
        OriginDialer(settings: self.dial, resolver: HostResolver(), userAgent: "lookout/\(self.agentVersion)")
    }

    var recovery: Recovery.Settings {
        Recovery.Settings(
            controllers: self.controllers,
            dialect: self.dialect,
            hasNextKey: self.nextPrivateKeyFile != nil,
            base: self.reconnectDelay,
            cap: self.maximumReconnectDelay,
            floor: self.dialFloor
        )
    }
}
