import DockerBridge
import Testing

@testable import LocalServer

@Suite struct BuildKitClientTests {
    @Test(arguments: [
        ("POST", "/session", "Docker-Client/20.10.24 (linux)", true), ("POST", "/v1.44/grpc", "", true),
        ("HEAD", "/_ping", "Go-http-client/1.1", true), ("GET", "/v1.44/version", "Go-http-client/1.1", true),
        ("GET", "/v1.44/info", "buildx/v0.30.0", true),
        ("HEAD", "/_ping", "Docker-Client/28.2.2 (linux)", false), ("GET", "/version", "curl/7.88.1", false),
        ("GET", "/containers/json", "Go-http-client/1.1", false), ("POST", "/build", "Docker-Client/28.2.2", false),
        ("GET", "/_ping", "", false),
    ])
    func aBuildIsKnownByWhatItAsksAndWhoAsks(method: String, target: String, agent: String, mayBe: Bool) {
        var head = RequestHead(method: method, target: target)
        if !agent.isEmpty { head.headers.append(.init("User-Agent", agent)) }
        #expect(BuildKitClient.mayHaveSent(head) == mayBe)
    }
}
