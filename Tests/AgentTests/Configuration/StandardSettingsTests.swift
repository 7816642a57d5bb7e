import Auth
import DockerBridge
import EdgeTunnel
import Foundation
import LocalServer
import Testing

@testable import Agent

@Suite struct StandardSettingsTests {
    private static let files = HostFiles(
        exists: { $0.hasPrefix("/there/") },
        hostname: { "host-1" },
        keyProblem: { _, _ in nil }
    )

    private static func read(_ variables: [String: String]) throws -> Configuration {
        try Configuration(environment: variables, output: .other, files: Self.files)
    }

    private static func standard(_ variables: [String: String]) throws -> StandardSettings? {
        guard case .standard(let settings) = try Self.read(variables).mode else { return nil }
        return settings
    }

    private static func problems(_ variables: [String: String]) -> [String] {
        do {
            _ = try Self.read(variables)
            return []
        } catch {
            return (error as? AgentError)?.problems ?? ["\(error)"]
        }
    }

    @Test func withoutAControllerTheAgentListensToEverybodyThatHasTheToken() throws {
        let settings = try #require(try Self.standard(["TOKEN": "a-token"]))
        #expect(settings.listener.address == .tcp(host: "0.0.0.0", port: 3000))
        #expect(settings.listener.tls == nil)
        #expect(settings.agentName == "host-1")
    }

    @Test func composeIsOnForClientsAndForControllersWhereItIsSwitchedOn() throws {
        let settings = try #require(try Self.read(["TOKEN": "a-token", "STACKS_DIR": "/there/stacks"]).compose)
        #expect(settings.stacksFolder == "/there/stacks")
        #expect(try Self.read(["TOKEN": "a-token", "COMPOSE": "false", "STACKS_DIR": "stacks"]).compose == nil)
        let edge = ["DRYDOCK_URL": "https://drydock.example", "PRIVATE_KEY_FILE": "/there/key"]
        for (more, isOffered) in [([:], false), (["COMPOSE": "true"], true), (["COMPOSE": "false"], false)] {
            guard case .edge(let tunnel, _) = try Self.read(edge.merging(more) { $1 }).mode else {
                Issue.record("not edge mode")
                return
            }
            #expect(tunnel.offersCompose == isOffered)
        }
        #expect(Self.problems(edge.merging(["STACKS_DIR": "stacks"]) { $1 }) == [])
        #expect(Self.problems(edge.merging(["STACKS_DIR": "stacks", "COMPOSE": "true"]) { $1 }).count == 1)
    }

    /// Nobody starts wide open by mistake.
    @Test(arguments: [
        ([:], "TOKEN, TOKEN_HASH, AUTHORIZED_KEYS"),
        (["ALLOW_UNAUTHENTICATED": "true"], "BIND_ADDRESS"),
        (["TOKEN": "a", "TOKEN_HASH": "b"], "TOKEN, TOKEN_HASH"),
        (["TOKEN": "a", "TLS_CERT": "/there/c"], "TLS_CERT"),
        (["TOKEN": "a", "TLS_KEY": "/there/k"], "TLS_KEY"),
        (["TOKEN": "a", "TLS_CLIENT_CA": "/there/ca"], "TLS_CLIENT_CA"),
        (["TOKEN": "a", "TRUSTED_PROXIES": "nonsense"], "TRUSTED_PROXIES"),
        (["TOKEN": "a", "MAX_CONNECTIONS": "1"], "MAX_CONNECTIONS"),
        (["TOKEN_FILE": "/no/such/file"], "TOKEN_FILE"),
    ])
    func aBadSettingIsNamed(variables: [String: String], name: String) {
        let problems = Self.problems(variables)
        #expect(problems.contains { $0.hasPrefix("\(name) ") }, "\(problems)")
    }

    /// Somebody whose settings for edge mode are not there must not be talked into an open door.
    @Test func withoutAnythingTheOtherModeIsNamedFirst() throws {
        let problem = try #require(Self.problems([:]).first)
        let controller = try #require(problem.range(of: "set that to dial a controller"))
        let openDoor = try #require(problem.range(of: "ALLOW_UNAUTHENTICATED"))
        #expect(controller.lowerBound < openDoor.lowerBound)
        #expect(!Self.problems(["TOKEN": "a", "TOKEN_HASH": "b"]).joined().contains("DRYDOCK_URL"))
    }

    @Test(arguments: ["127.0.0.1", "::1", "localhost", "unix:/tmp/lookout.sock"])
    func withoutCredentialsItMayListenToThisHost(address: String) throws {
        let settings = try Self.standard(["ALLOW_UNAUTHENTICATED": "true", "BIND_ADDRESS": address])
        #expect(settings?.credentials.warnings.count == 1)
    }

    @Test func itMayListenToEverybodyIfThatIsSaidTwice() throws {
        let settings = try Self.standard(["ALLOW_UNAUTHENTICATED": "1", "ALLOW_UNAUTHENTICATED_REMOTE": "1"])
        #expect(settings?.listener.address == .tcp(host: "0.0.0.0", port: 3000))
    }

    @Test func aTLSKeyThatEverybodyCanReadIsWarnedOf() throws {
        var files = Self.files
        files.isWorldReadable = { $0 == "/there/k" }
        let variables = ["TOKEN": "sixteen--letters", "TLS_CERT": "/there/c", "TLS_KEY": "/there/k"]
        let configuration = try Configuration(environment: variables, output: .other, files: files)
        #expect(
            configuration.warnings
                == ["TLS_KEY names /there/k, which every user of this host can read; run `chmod 600` on it"]
        )
        let without = try Configuration(environment: variables, output: .other, files: Self.files)
        #expect(without.warnings == [])
    }

    @Test func aSigningKeyAndAFolderForItsStateAreTakenHereToo() throws {
        let settings = try Self.standard([
            "TOKEN": "a", "PRIVATE_KEY_FILE": "/there/key", "PRIVATE_KEY_PASSPHRASE_FILE": "/there/phrase",
            "STATE_DIR": "/there/state",
        ])
        #expect(settings?.signingKey?.path == "/there/key" && settings?.signingKey?.passphraseFile == "/there/phrase")
        #expect(settings?.stateFolder == "/there/state")
        #expect(try Self.standard(["TOKEN": "a"])?.signingKey == nil)
        #expect(Self.problems(["TOKEN": "a", "STATE_DIR": "/nowhere"]).contains { $0.hasPrefix("STATE_DIR ") })
        var files = Self.files
        files.keyProblem = { path, _ in path == "/there/bad" ? "cannot be used" : nil }
        let variables = ["TOKEN": "a", "PRIVATE_KEY_FILE": "/there/bad"]
        let error = #expect(throws: AgentError.self) {
            try Configuration(environment: variables, output: .other, files: files)
        }
        #expect(error?.problems == ["PRIVATE_KEY_FILE cannot be used"])
    }

    @Test func certificatesMakeItSpeakTLS() throws {
        let settings = try Self.standard([
            "TOKEN": "a", "TLS_CERT": "/there/c", "TLS_KEY": "/there/k", "TLS_CLIENT_CA": "/there/ca",
        ])
        let files = TLSFiles(certificate: "/there/c", key: "/there/k", clientAuthorities: "/there/ca")
        #expect(settings?.listener.tls == files)
    }

    @Test(arguments: [
        ["ALLOWED_HOSTS": "docker.example.org, 10.0.0.1,[fd00::1],lookout"],
        ["ALLOWED_ORIGINS": "https://ui.example.org, http://localhost:8080"],
    ])
    func hostsAndOriginsAreLists(variables: [String: String]) {
        #expect(Self.problems(variables.merging(["TOKEN": "a"]) { $1 }) == [])
    }

    @Test(arguments: [
        ("ALLOWED_HOSTS", "a.example:3000"), ("ALLOWED_HOSTS", "a,*"), ("ALLOWED_HOSTS", "https://a"),
        ("ALLOWED_ORIGINS", "null"), ("ALLOWED_ORIGINS", "*"), ("ALLOWED_ORIGINS", "https://a,b"),
        ("ALLOWED_ORIGINS", "https://a/"),
    ])
    func aHostOrOriginThatCannotMatchIsNamed(name: String, value: String) {
        let problems = Self.problems(["TOKEN": "a", name: value])
        #expect(problems.count == 1 && problems.allSatisfy { $0.hasPrefix("\(name) holds '") }, "\(problems)")
        // Both modes have a listener.
        let edge = ["DRYDOCK_URL": "https://c.example", "PRIVATE_KEY_FILE": "/there/key", name: value]
        #expect(Self.problems(edge).contains { $0.hasPrefix("\(name) holds '") })
    }

    /// The local listener of edge mode asks for no credential.
    @Test(arguments: [
        ("127.0.0.1", nil, true), ("localhost", nil, true), ("::1", nil, true), ("unix:/run/l.sock", nil, true),
        ("0.0.0.0", nil, false), ("10.0.0.1", nil, false), ("::", "false", false), ("host.example", nil, false),
        ("0.0.0.0", "true", true),
    ])
    func inEdgeModeOtherHostsAreServedOnPurpose(address: String, remote: String?, isFine: Bool) {
        var variables = ["DRYDOCK_URL": "https://c.example", "PRIVATE_KEY_FILE": "/there/key", "BIND_ADDRESS": address]
        variables["ALLOW_UNAUTHENTICATED_REMOTE"] = remote
        let problems = Self.problems(variables)
        #expect(problems.isEmpty == isFine, "\(problems)")
        #expect(isFine || problems.contains { $0.contains("ALLOW_UNAUTHENTICATED_REMOTE=true") })
    }

    /// `lookout healthcheck` says the name in `BIND_ADDRESS`.
    @Test func aNameThatIsBoundIsAName() throws {
        var reader = EnvironmentReader(["ALLOWED_HOSTS": "a"])
        let browsers = reader.browsers(address: .tcp(host: "Host.example", port: 1), tls: nil)
        #expect(browsers.allowedHosts == ["a", "host.example"])
    }

    /// A token that was meant for the way out must not open a door.
    @Test(arguments: ["DOCKHAND_SERVER_URL", "EDGE_KEY"])
    func settingsOfAnotherAgentThatDialsOpenNoPort(name: String) throws {
        let variables = ["TOKEN": "sixteen--letters", name: "wss://dockhand.example/api/hawser/connect"]
        let problems = Self.problems(variables)
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix("\(name) is a setting of ") == true)
        #expect(problems.first?.contains("set DRYDOCK_URL") == true)
        #expect(try Self.standard(variables.merging(["BIND_ADDRESS": "127.0.0.1"]) { $1 }) != nil)
    }

    @Test func anyFreePortCanBeAskedFor() throws {
        let settings = try Self.standard(["TOKEN": "sixteen--letters", "PORT": "0"])
        #expect(settings?.listener.address == .tcp(host: "0.0.0.0", port: 0))
    }
}
