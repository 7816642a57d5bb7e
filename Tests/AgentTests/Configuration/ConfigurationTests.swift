import DockerBridge
import Drydock
import EdgeTunnel
import Glibc
import Logging
import Testing

@testable import Agent

@Suite struct ConfigurationTests {
    private static let minimum = ["DRYDOCK_URL": "https://drydock.example:3000", "PRIVATE_KEY_FILE": "/keys/agent.pem"]

    private static func files(
        existing: Set<String> = [],
        hostname: String = "host-1",
        keyProblem: String? = nil
    ) -> HostFiles {
        HostFiles(exists: { existing.contains($0) }, hostname: { hostname }, keyProblem: { _, _ in keyProblem })
    }

    private static func read(
        _ variables: [String: String] = [:],
        output: OutputKind = .other,
        files: HostFiles = files()
    ) throws -> Configuration {
        let environment = Self.minimum.merging(variables) { $1 }
        return try Configuration(environment: environment, output: output, files: files)
    }

    private static func problems(_ variables: [String: String], files: HostFiles = files()) -> [String] {
        do {
            _ = try Self.read(variables, files: files)
            return []
        } catch {
            return (error as? AgentError)?.problems ?? ["\(error)"]
        }
    }

    @Test func theTwoMandatoryVariablesAreEnough() throws {
        let configuration = try Self.read()
        #expect(configuration.tunnel.controllers == [try ControllerAddress(parsing: "https://drydock.example:3000")])
        #expect(configuration.tunnel.privateKeyFile == "/keys/agent.pem")
        #expect(configuration.tunnel.dialect == nil)
        #expect(configuration.tunnel.agentID == nil)
        #expect(configuration.tunnel.agentName == "host-1")
        #expect(configuration.tunnel.hostname == "host-1")
        #expect(configuration.tunnel.agentVersion == BuildInfo.version)
        #expect(configuration.tunnel.dial.tls.caCertificateFile == nil)
        #expect(configuration.tunnel.dial.tls.verifies)
        #expect(configuration.tunnel.heartbeat == .seconds(30))
        #expect(configuration.tunnel.welcomeTimeout == .seconds(30))
        #expect(configuration.tunnel.reconnectDelay == .seconds(1))
        #expect(configuration.tunnel.maximumReconnectDelay == .seconds(60))
        #expect(configuration.engine == EngineAddress(.unix(path: "/var/run/docker.sock")))
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .json)
    }

    // MARK: Every variable, good

    /// A value that is accepted, and what the configuration says afterwards.
    struct Good: Sendable, CustomTestStringConvertible {
        let name: String
        let text: String
        let expected: String
        let read: @Sendable (Configuration) -> String

        init(_ name: String, _ text: String, _ expected: String, _ read: @escaping @Sendable (Configuration) -> String)
        {
            self.name = name
            self.text = text
            self.expected = expected
            self.read = read
        }

        var testDescription: String { "\(self.name)=\(self.text)" }
    }

    @Test(arguments: [
        Good("LOG_LEVEL", "DEBUG", "debug") { "\($0.logLevel)" },
        Good("LOG_LEVEL", "info", "info") { "\($0.logLevel)" },
        Good("LOG_LEVEL", "warn", "warning") { "\($0.logLevel)" },
        Good("LOG_LEVEL", "warning", "warning") { "\($0.logLevel)" },
        Good("LOG_LEVEL", "error", "error") { "\($0.logLevel)" },
        Good("LOG_LEVEL", "trace", "debug") { "\($0.logLevel)" },
        Good("LOG_FORMAT", "journal", "journal") { "\($0.logFormat)" },
        Good("LOG_FORMAT", "text", "text") { "\($0.logFormat)" },
        Good("LOG_FORMAT", "JSON", "json") { "\($0.logFormat)" },
        Good("DOCKER_SOCKET", "/run/other.sock", "unix:///run/other.sock") { "\($0.engine)" },
        Good("DOCKER_SOCKET", "unix:///run/other.sock", "unix:///run/other.sock") { "\($0.engine)" },
        Good("DOCKER_HOST", "unix:///run/host.sock", "unix:///run/host.sock") { "\($0.engine)" },
        Good("DOCKER_HOST", "tcp://engine.example", "tcp://engine.example:2375") { "\($0.engine)" },
        Good("EDGE_DIALECT", "lookout", "lookout") { "\($0.tunnel.dialect!)" },
        Good("EDGE_DIALECT", "auto", "nil") { "\($0.tunnel.dialect as Dialect?)" },
        Good("AGENT_ID", "edge_host-01", "edge_host-01") { "\($0.tunnel.agentID!)" },
        Good("AGENT_NAME", "Küche", "Küche") { "\($0.tunnel.agentName)" },
        Good("TLS_SKIP_VERIFY", "yes", "false") { "\($0.tunnel.dial.tls.verifies)" },
        Good("HEARTBEAT_INTERVAL", "1", "1.0 seconds") { "\($0.tunnel.heartbeat)" },
        Good("WELCOME_TIMEOUT", "3600", "3600.0 seconds") { "\($0.tunnel.welcomeTimeout)" },
        Good("RECONNECT_DELAY", "60", "60.0 seconds") { "\($0.tunnel.reconnectDelay)" },
        Good("MAX_RECONNECT_DELAY", "86400", "86400.0 seconds") { "\($0.tunnel.maximumReconnectDelay)" },
        Good("DRYDOCK_URL", "wss://h/x/", "wss://h/x") { "\($0.tunnel.controllers[0])" },
        Good("DRYDOCK_URL", "https://h/api/lookout/ws", "lookout") { "\($0.tunnel.controllers[0].pinned!.dialect)" },
        Good("DRYDOCK_URL", "http://127.0.0.1:3000", "ws://127.0.0.1:3000") { "\($0.tunnel.controllers[0])" },
        Good("DRYDOCK_URL", "ws://localhost", "ws://localhost") { "\($0.tunnel.controllers[0])" },
        Good("DRYDOCK_URL", "https://a, https://b:1,https://a", "wss://a wss://b:1") {
            $0.tunnel.controllers.map(\.description).joined(separator: " ")
        },
        Good("PARK", "exit", "exit") { "\($0.tunnel.park)" },
        Good("PRIVATE_KEY_NEXT_FILE", "next.pem", "next.pem") { "\($0.tunnel.nextPrivateKeyFile!)" },
        Good("PRIVATE_KEY_PASSPHRASE_FILE", "word", "word") { "\($0.tunnel.passphraseFile!)" },
        Good("PRIVATE_KEY_FILE", "key.pem", "key.pem") { "\($0.tunnel.privateKeyFile)" },
    ])
    func aGoodValueIsTaken(good: Good) throws {
        let configuration = try Self.read([good.name: good.text])
        #expect(good.read(configuration) == good.expected)
    }

    @Test(arguments: [
        "LOG_LEVEL", "LOG_FORMAT", "REQUEST_TIMEOUT", "DOCKER_SOCKET", "DOCKER_HOST", "DOCKER_CERT_PATH",
        "DOCKER_TLS_VERIFY", "EDGE_DIALECT", "AGENT_ID", "AGENT_NAME", "CA_CERT", "TLS_SKIP_VERIFY",
        "HEARTBEAT_INTERVAL", "WELCOME_TIMEOUT", "RECONNECT_DELAY", "MAX_RECONNECT_DELAY",
        "ALLOW_PLAINTEXT_CONTROLLER",
    ])
    func anEmptyValueIsTheDefault(name: String) throws {
        let empty = try Self.read([name: ""])
        let unset = try Self.read()
        #expect("\(empty)" == "\(unset)")
    }

    // MARK: Every variable, bad

    @Test(arguments: [
        ("LOG_LEVEL", "loud", "debug, info, warn, error"),
        ("LOG_FORMAT", "xml", "json, text, journal"),
        ("REQUEST_TIMEOUT", "-1", "from 0 to 3600"),
        ("REQUEST_TIMEOUT", "30s", "from 0 to 3600"),
        ("DOCKER_SOCKET", "docker.sock", "absolute socket path"),
        ("DOCKER_HOST", "ssh://host", "unknown scheme 'ssh'"),
        ("DOCKER_HOST", "tcp://host:0", "a port is 1 to 65535"),
        ("EDGE_DIALECT", "both", "auto, portwing, lookout"),
        ("AGENT_ID", "edge host", "1 to 64"),
        ("AGENT_ID", String(repeating: "a", count: 65), "1 to 64"),
        ("AGENT_ID", "é", "1 to 64"),
        ("AGENT_NAME", String(repeating: "n", count: 257), "256 are accepted"),
        ("AGENT_NAME", String(repeating: "🚀", count: 129), "has 258 characters"),
        ("CA_CERT", "/missing.pem", "does not exist"),
        ("TLS_SKIP_VERIFY", "perhaps", "true or false"),
        ("ALLOW_PLAINTEXT_CONTROLLER", "2", "true or false"),
        ("HEARTBEAT_INTERVAL", "0", "from 1 to 3600"),
        ("WELCOME_TIMEOUT", "3601", "from 1 to 3600"),
        ("RECONNECT_DELAY", "0", "from 1 to 86400"),
        ("RECONNECT_DELAY", "61", "more than MAX_RECONNECT_DELAY (60)"),
        ("MAX_RECONNECT_DELAY", "86401", "from 1 to 86400"),
        ("DRYDOCK_URL", "drydock.example", "has no scheme"),
        ("DRYDOCK_URL", "http://drydock.example", "is not encrypted"),
        ("PRIVATE_KEY_FILE", "", "is not set"),
    ])
    func aBadValueIsReportedUnderItsName(name: String, text: String, what: String) {
        let problems = Self.problems([name: text])
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(name) ") == true, "\(problems)")
        #expect(problems.first?.contains(what) == true, "\(problems)")
    }

    @Test func everythingThatIsWrongIsReportedTogether() {
        let problems = Self.problems([
            "LOG_LEVEL": "loud", "REQUEST_TIMEOUT": "x", "DOCKER_HOST": "ssh://h", "DRYDOCK_URL": "ftp://h",
            "PRIVATE_KEY_FILE": "", "AGENT_ID": "a b", "HEARTBEAT_INTERVAL": "0",
        ])
        let names = problems.map { String($0.prefix { $0 != " " }) }
        #expect(
            Set(names) == [
                "LOG_LEVEL", "REQUEST_TIMEOUT", "DOCKER_HOST", "DRYDOCK_URL", "PRIVATE_KEY_FILE", "AGENT_ID",
                "HEARTBEAT_INTERVAL",
            ]
        )
        #expect(problems.count == names.count)
        #expect(AgentError(settings: problems).description == problems.joined(separator: "; "))
    }

    // MARK: What depends on more than one thing

    @Test func aTerminalGetsTextUnlessToldOtherwise() throws {
        #expect(try Self.read(output: .terminal).logFormat == .text)
        #expect(try Self.read(["LOG_FORMAT": "json"], output: .terminal).logFormat == .json)
    }

    /// systemd names the stream that its journal reads; a program whose output goes elsewhere has the variable as well.
    @Test(
        arguments: [("5:7", OutputKind.journal), ("5:8", .other), ("", .other), (nil, .other)]
            as [(String?, OutputKind)]
    )
    func theJournalGetsPriorities(stream: String?, kind: OutputKind) throws {
        var status = stat()
        status.st_dev = 5
        status.st_ino = 7
        let environment = stream.map { ["JOURNAL_STREAM": $0] } ?? [:]
        let output = OutputKind(isTerminal: false, status: status, environment: environment)
        #expect(output == kind)
        #expect(try Self.read(output: output).logFormat == (kind == .journal ? .journal : .json))
        #expect(OutputKind(isTerminal: true, status: status, environment: environment) == .terminal)
        #expect(OutputKind(isTerminal: false, status: nil, environment: environment) == .other)
    }

    @Test func blanksAndCommasAroundControllersDoNotCount() throws {
        let address = "  https://a ,, https://b:1,\n"
        let configuration = try Self.read(["DRYDOCK_URL": address])
        #expect(configuration.tunnel.controllers.map(\.description) == ["wss://a", "wss://b:1"])
    }

    @Test(arguments: [" ", ",", " , "]) func aListOfNoControllerIsRefused(list: String) {
        #expect(
            Self.problems(["DRYDOCK_URL": list]) == [
                "DRYDOCK_URL names no controller; write it as https://drydock.example:3000"
            ]
        )
    }

    /// The second name is another agent's.
    @Test(arguments: ["ALLOW_PLAINTEXT_CONTROLLER", "ALLOW_INSECURE_EDGE_URL"])
    func plainTextIsAllowedByEitherName(name: String) throws {
        let url = "http://drydock.example:3000"
        #expect(Self.problems(["DRYDOCK_URL": url]).count == 1)
        #expect(try Self.read(["DRYDOCK_URL": url, name: "true"]).tunnel.controllers.count == 1)
    }

    @Test func anExclusionThatMatchesNothingIsWarnedOf() throws {
        let warnings = try Self.read(["NO_PROXY": "a.example, 10.0.0.*"]).warnings
        #expect(warnings.count == 1)
        #expect(warnings.first?.hasPrefix("NO_PROXY has the entry '10.0.0.*', which matches nothing: ") == true)
    }

    @Test func theSocketGoesBeforeTheHostAndTheHostBeforeDetection() throws {
        let both = ["DOCKER_SOCKET": "/a.sock", "DOCKER_HOST": "tcp://h"]
        #expect(try Self.read(both).engine == EngineAddress(.unix(path: "/a.sock")))
        let found = Self.files(existing: ["/run/docker.sock"])
        #expect(try Self.read(files: found).engine == EngineAddress(.unix(path: "/run/docker.sock")))
        #expect(try Self.read(["DOCKER_HOST": "tcp://h"], files: found).engine.description == "tcp://h:2375")
    }

    @Test func certificatesTurnTLSOn() throws {
        let engine = try Self.read([
            "DOCKER_HOST": "tcp://h", "DOCKER_CERT_PATH": "/certs", "DOCKER_TLS_VERIFY": "1",
        ]).engine
        #expect(engine.transport == .tcp(host: "h", port: 2376))
        #expect(engine.tls == EngineAddress.TLS(folder: "/certs", verifies: true))
    }

    @Test func verifyingWithoutCertificatesIsAProblem() {
        let problems = Self.problems(["DOCKER_HOST": "tcp://h", "DOCKER_TLS_VERIFY": "1"])
        #expect(problems == ["DOCKER_TLS_VERIFY needs DOCKER_CERT_PATH, the folder of ca.pem, cert.pem and key.pem"])
    }

    @Test func plaintextToAnotherHostNeedsTheOptIn() throws {
        let open = ["DRYDOCK_URL": "http://drydock.example", "ALLOW_PLAINTEXT_CONTROLLER": "true"]
        #expect(try Self.read(open).tunnel.controllers[0].usesTLS == false)
    }

    @Test func aPinnedPathAndAnotherDialectContradictEachOther() throws {
        let url = "https://h/api/portwing/ws"
        #expect(
            Self.problems(["DRYDOCK_URL": url, "EDGE_DIALECT": "lookout"]).first?.hasPrefix("EDGE_DIALECT") == true
        )
        #expect(try Self.read(["DRYDOCK_URL": url, "EDGE_DIALECT": "portwing"]).tunnel.dialect == .portwing)
    }

    @Test func aKeyThatCannotBeUsedIsAProblemOfItsFile() {
        let files = Self.files(keyProblem: "cannot be used: it is empty")
        #expect(Self.problems([:], files: files) == ["PRIVATE_KEY_FILE cannot be used: it is empty"])
    }

    @Test func anExistingBundleIsTaken() throws {
        let files = Self.files(existing: ["/ca.pem"])
        #expect(try Self.read(["CA_CERT": "/ca.pem"], files: files).tunnel.dial.tls.caCertificateFile == "/ca.pem")
    }

    @Test(arguments: [("https://h", "portwing"), ("https://h/api/lookout/ws", "lookout")])
    func withoutAHostNameTheAgentIsNamedAfterTheDialect(url: String, name: String) throws {
        let settings = try Self.read(["DRYDOCK_URL": url], files: Self.files(hostname: "")).tunnel
        #expect(settings.agentName == name)
        #expect(settings.hostname.isEmpty)
    }
}

extension Configuration {
    /// The tunnel's part, of an agent that dials.
    fileprivate var tunnel: TunnelSettings {
        guard case .edge(let settings, _) = self.mode else { preconditionFailure("not in edge mode") }
        return settings
    }
}
