import Auth
import Foundation
import LocalServer
import Testing

@testable import Lookout

@Suite struct ConfigurationStandardTests {
    private static let files = HostFiles(
        exists: { $0.hasPrefix("/there/") },
        hostname: { "host-1" },
        keyProblem: { _, _ in nil }
    )

    private static func read(_ variables: [String: String]) throws -> Configuration {
        try Configuration(environment: variables, isTerminal: false, files: Self.files)
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
            return (error as? Configuration.Invalid)?.problems ?? ["\(error)"]
        }
    }

    @Test func withoutAControllerTheAgentListensToEverybodyThatHasTheToken() throws {
        let settings = try #require(try Self.standard(["TOKEN": "a-token"]))
        #expect(settings.listener.address == .tcp(host: "0.0.0.0", port: 3000))
        #expect(settings.listener.tls == nil)
        #expect(settings.agentName == "host-1")
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

    @Test func certificatesMakeItSpeakTLS() throws {
        let settings = try Self.standard([
            "TOKEN": "a", "TLS_CERT": "/there/c", "TLS_KEY": "/there/k", "TLS_CLIENT_CA": "/there/ca",
        ])
        let files = TLSFiles(certificate: "/there/c", key: "/there/k", clientAuthorities: "/there/ca")
        #expect(settings?.listener.tls == files)
    }
}
