import EdgeTunnel
import Testing

@testable import Agent

@Suite struct DialSettingsTests {
    private static let pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    private static func read(_ environment: [String: String]) -> (dial: DialSettings, problems: [String]) {
        var reader = EnvironmentReader(environment)
        let files = HostFiles(exists: { $0.hasPrefix("/here/") }, hostname: { "h" }, keyProblem: { _, _ in nil })
        let dial = DialSettings(&reader, files: files)
        return (dial, reader.problems)
    }

    private static func authorities(
        _ faults: HostFiles.AuthorityFaults
    ) -> (file: String?, problems: [String], warnings: [String]) {
        var reader = EnvironmentReader(["CA_CERT": "/here/ca.pem"])
        var files = HostFiles(exists: { _ in true }, hostname: { "h" }, keyProblem: { _, _ in nil })
        files.authorityFaults = { $0 == "/here/ca.pem" ? faults : HostFiles.AuthorityFaults(problem: "is another") }
        let dial = DialSettings(&reader, files: files)
        return (dial.tls.caCertificateFile, reader.problems, reader.warnings)
    }

    private static func proxy(_ environment: [String: String], to url: String) throws -> String? {
        try Self.read(environment).dial.proxies.proxy(for: ControllerAddress(parsing: url))?.description
    }

    @Test func nothingSetIsTheSystemsRootsAndNoProxy() throws {
        let (dial, problems) = Self.read([:])
        #expect(problems.isEmpty)
        #expect(dial.tls.verifies)
        #expect(dial.tls.caCertificateFile == nil)
        #expect(dial.tls.client == nil)
        #expect(dial.tls.pins.isEmpty)
        #expect(try Self.proxy([:], to: "https://h") == nil)
    }

    @Test func theProxyIsThatOfTheScheme() throws {
        let environment = ["HTTPS_PROXY": "http://a:1", "HTTP_PROXY": "https://b:2", "ALL_PROXY": "socks5://c:3"]
        #expect(try Self.proxy(environment, to: "wss://h") == "http://a:1")
        #expect(try Self.proxy(environment, to: "ws://h") == "https://b:2")
        #expect(try Self.proxy(["ALL_PROXY": "socks5://c:3"], to: "wss://h") == "socks5://c:3")
        #expect(try Self.proxy(environment.merging(["NO_PROXY": "h"]) { $1 }, to: "wss://h") == nil)
    }

    @Test(arguments: ["HTTPS_PROXY", "ALL_PROXY"])
    func theNameMayBeWrittenInLowerCaseWhichWins(name: String) throws {
        let both = [name: "http://upper:1", name.lowercased(): "http://lower:2"]
        #expect(try Self.proxy(both, to: "https://h") == "http://lower:2")
        #expect(try Self.proxy([name: "http://upper:1"], to: "https://h") == "http://upper:1")
        #expect(try Self.proxy(both.merging(["no_proxy": "h"]) { $1 }, to: "https://h") == nil)
    }

    @Test func pinsAreAList() {
        let (dial, problems) = Self.read(["CONTROLLER_PIN": "\(Self.pin), \(Self.pin)"])
        #expect(problems.isEmpty)
        #expect(dial.tls.pins.map(\.description) == [Self.pin, Self.pin])
    }

    @Test func aClientsCertificateHasItsKey() {
        let (dial, problems) = Self.read(["CLIENT_CERT": "/here/c", "CLIENT_KEY": "/here/k"])
        #expect(problems.isEmpty)
        #expect(dial.tls.client == DialSettings.TLS.Client(certificateFile: "/here/c", keyFile: "/here/k"))
    }

    @Test(
        arguments: [
            (["CLIENT_CERT": "/here/c"], "CLIENT_CERT is set, but CLIENT_KEY is not"),
            (["CLIENT_KEY": "/here/k"], "CLIENT_KEY is set, but CLIENT_CERT is not"),
            (["CLIENT_CERT": "/gone", "CLIENT_KEY": "/here/k"], "CLIENT_CERT names '/gone', which does not exist"),
            (["CA_CERT": "/gone"], "CA_CERT names '/gone', which does not exist"),
            (["CONTROLLER_PIN": "sha1/x"], "CONTROLLER_PIN has the entry 'sha1/x'"),
            (["CONTROLLER_PIN": ","], "CONTROLLER_PIN names no pin"),
            (["CONTROLLER_PIN": " "], "CONTROLLER_PIN names no pin"),
            (["HTTPS_PROXY": "ftp://x"], "HTTPS_PROXY has an unknown scheme"),
            (["http_proxy": "http://me:s3cret@:1"], "HTTP_PROXY has no host name"),
            (["ALL_PROXY": "socks5://x:0"], "ALL_PROXY has the port '0'"),
        ] as [([String: String], String)]
    )
    func aBadValueIsReportedUnderItsNameAndWithoutItsSecret(environment: [String: String], what: String) {
        let problems = Self.read(environment).problems
        #expect(problems.count == 1)
        #expect(problems.first?.hasPrefix(what) == true, "\(problems)")
        #expect(!problems.joined().contains("s3cret"))
    }

    // MARK: CA_CERT

    @Test func aFileOfAuthoritiesIsReadAtTheStart() {
        let good = Self.authorities(.init())
        #expect(good.file == "/here/ca.pem")
        #expect(good.problems.isEmpty && good.warnings.isEmpty)
        let bad = Self.authorities(.init(problem: "is empty; put one there"))
        #expect(bad.problems == ["CA_CERT names '/here/ca.pem', which is empty; put one there"])
        let mixed = Self.authorities(.init(omissions: ["has a broken entry", "has another"]))
        #expect(mixed.file == "/here/ca.pem")
        #expect(mixed.problems.isEmpty)
        #expect(
            mixed.warnings == [
                "CA_CERT names '/here/ca.pem', which has a broken entry",
                "CA_CERT names '/here/ca.pem', which has another",
            ]
        )
    }

    @Test(arguments: [("/", "is a folder"), ("/dev/null", "is not a regular file"), ("/proc/self/environ", "is empty")])
    func theHostsFilesAreLookedInto(path: String, what: String) {
        #expect(HostFiles.real.authorityFaults(path).problem?.hasPrefix(what) == true)
        var reader = EnvironmentReader(["CA_CERT": path])
        _ = DialSettings(&reader, files: .real)
        #expect(reader.problems.count == 1)
        #expect(reader.problems.first?.hasPrefix("CA_CERT names '\(path)', which \(what)") == true)
    }
}
