import Base
import Testing

@testable import DockerBridge

@Suite struct EngineAddressTests {
    private static let tls = EngineAddress.TLS(folder: "/certs", verifies: true)

    @Test(
        arguments: [
            ("/var/run/docker.sock", .unix(path: "/var/run/docker.sock")),
            ("unix:///run/docker.sock", .unix(path: "/run/docker.sock")),
            ("tcp://h", .tcp(host: "h", port: 2375)), ("tcp://h:1", .tcp(host: "h", port: 1)),
            ("tcp://h/", .tcp(host: "h", port: 2375)), ("http://h:65535/", .tcp(host: "h", port: 65535)),
            ("tcp://[::1]", .tcp(host: "::1", port: 2375)), ("tcp://[::1]:99", .tcp(host: "::1", port: 99)),
            ("tcp://192.0.2.1:2376", .tcp(host: "192.0.2.1", port: 2376)),
        ] as [(String, EngineAddress.Transport)]
    )
    func anAddressIsRead(text: String, transport: EngineAddress.Transport) throws {
        #expect(try EngineAddress(parsing: text) == EngineAddress(transport))
    }

    @Test func withTLSThePortIsAnother() throws {
        let address = try EngineAddress(parsing: "tcp://h", tls: Self.tls)
        #expect(address == EngineAddress(.tcp(host: "h", port: 2376), tls: Self.tls))
    }

    @Test func aSocketHasNoTLS() throws {
        #expect(try EngineAddress(parsing: "unix:///s", tls: Self.tls).tls == nil)
    }

    @Test(arguments: [
        ("", "absolute socket path"), ("docker.sock", "absolute socket path"), ("unix://docker.sock", "absolute"),
        ("unix://", "absolute"), ("ssh://h", "unknown scheme 'ssh'"), ("https://h", "unknown scheme 'https'"),
        ("fd://", "unknown scheme"), ("npipe:////./pipe/x", "unknown scheme"), ("://h", "unknown scheme ''"),
        ("tcp://", "tcp://host:port"), ("tcp://:2375", "tcp://host:port"), ("tcp://h:0", "port '0'"),
        ("tcp://h:", "port ''"), ("tcp://h:65536", "port '65536'"), ("tcp://h:x", "port 'x'"),
        ("tcp://h:2375/v1.44", "port '2375/v1.44'"), ("tcp://h/x", "tcp://host:port"), ("tcp://u@h", "tcp://host:port"),
        ("tcp://[::1", "tcp://host:port"), ("tcp://[::1]x", "tcp://host:port"), ("tcp://[]:1", "tcp://host:port"),
        ("/" + String(repeating: "s", count: 107), "107 bytes"),
    ])
    func whatIsNoAddressIsRefusedWithAReason(text: String, reason: String) {
        let error = #expect(throws: SettingProblem.self) { try EngineAddress(parsing: text) }
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func theLongestSocketPathHas107Bytes() throws {
        let path = "/" + String(repeating: "s", count: 106)
        #expect(try EngineAddress(parsing: path) == EngineAddress(.unix(path: path)))
    }

    @Test(arguments: [
        (EngineAddress(.unix(path: "/s")), "unix:///s"), (EngineAddress(.tcp(host: "h", port: 1)), "tcp://h:1"),
        (EngineAddress(.tcp(host: "::1", port: 1), tls: tls), "tls://[::1]:1"),
    ])
    func itPrintsAsAURL(address: EngineAddress, text: String) {
        #expect(address.description == text)
    }

    // MARK: Detection

    private static let everywhere = [
        "/var/run/docker.sock", "/home/a/.docker/run/docker.sock", "/home/a/.orbstack/run/docker.sock",
        "/run/docker.sock", "/run/user/7/x/docker.sock", "/run/user/7/docker.sock",
        "/home/a/.colima/default/docker.sock", "/home/a/.rd/docker.sock", "/run/user/7/x/podman/podman.sock",
    ]

    @Test func thePlacesAreTriedInOrder() {
        let environment = ["HOME": "/home/a", "XDG_RUNTIME_DIR": "/run/user/7/x"]
        #expect(EngineAddress.candidates(environment: environment, userID: 7) == Self.everywhere)
    }

    @Test(arguments: [[:], ["HOME": "", "XDG_RUNTIME_DIR": ""]])
    func withoutAHomeItsPlacesAreLeftOut(environment: [String: String]) {
        #expect(
            EngineAddress.candidates(environment: environment, userID: 0)
                == ["/var/run/docker.sock", "/run/docker.sock", "/run/user/0/docker.sock"]
        )
    }

    @Test(arguments: everywhere.indices)
    func theFirstThatExistsIsTaken(index: Int) {
        let address = EngineAddress.detect(
            environment: ["HOME": "/home/a", "XDG_RUNTIME_DIR": "/run/user/7/x"],
            userID: 7,
            exists: { Self.everywhere[index...].contains($0) }
        )
        #expect(address == EngineAddress(.unix(path: Self.everywhere[index])))
    }

    @Test func whenNoneExistsTheUsualPlaceIsNamed() {
        let address = EngineAddress.detect(environment: [:], userID: 7, exists: { _ in false })
        #expect(address == EngineAddress(.unix(path: "/var/run/docker.sock")))
    }
}
