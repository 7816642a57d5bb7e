import DockerBridge

/// What Compose and the docker command see of the agent's own environment. Its secrets are not among it: a stack's file
/// could read them from there.
enum ComposeEnvironment {
    private static let passedVariables: Set = [
        "PATH", "HOME", "DOCKER_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
        "no_proxy",
        "LANG", "LANGUAGE", "TZ",
    ]
    private static let passedPrefixes = ["LC_", "XDG_"]
    /// For programs that the end of their connections, or of the tunnel, has told to end: with the 5 s of either this stays
    /// within the 8 s in which a stop must be done.
    static let programsLimit = Duration.milliseconds(1500)
    private static let usualPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    static func passed(from environment: [String: String]) -> [String: String] {
        let passed = environment.filter { name, _ in
            self.passedVariables.contains(name) || self.passedPrefixes.contains { name.hasPrefix($0) }
        }
        return ["PATH": self.usualPath].merging(passed) { $1 }
    }
}

extension ComposeService.Settings {
    /// A controller may be kept from much by a filter before the engine. Compose files can name files of this host, which no
    /// such filter sees, so that a controller gets Compose only where it is switched on.
    ///
    /// - Returns: `nil` where it is switched off.
    init?(_ reader: inout EnvironmentReader, environment: [String: String]) {
        guard reader.read(Settings.compose) ?? !reader.isEdge else { return nil }
        self.init()
        self.stacksFolder = reader.read(Settings.stacksDir)
        if !self.stacksFolder.hasPrefix("/") {
            reader.problem(Settings.stacksDir, "is '\(self.stacksFolder)'; it must be an absolute path")
        }
        self.limit = .seconds(Int64(reader.read(Settings.composeTimeout)))
        self.environment = ComposeEnvironment.passed(from: environment)
    }
}

extension EngineAddress {
    /// What tells the docker command which engine this is.
    var clientEnvironment: [String: String] {
        var environment: [String: String] = [:]
        switch self.transport {
        case .unix: environment["DOCKER_HOST"] = "\(self)"
        case .tcp(let host, let port):
            let host = host.contains(":") ? "[\(host)]" : host
            environment["DOCKER_HOST"] = "tcp://\(host):\(port)"
        }
        if let tls {
            environment["DOCKER_CERT_PATH"] = tls.folder
            if tls.verifies { environment["DOCKER_TLS_VERIFY"] = "1" } else { environment["DOCKER_TLS"] = "1" }
        }
        return environment
    }
}
