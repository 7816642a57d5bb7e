import NIOCore
import Policy
import Testing

@testable import DockerBridge

/// What a request says of itself, and what it cannot say.
@Suite struct RequestClaimsTests {
    private static func claims(_ method: String, _ target: String, _ body: String? = nil) -> RequestClaims {
        RequestClaims(
            EngineRoute(method: method, target: target),
            target: target,
            body: body.map { ByteBuffer(string: $0) },
            identity: "controller"
        )
    }

    @Test(
        arguments: [
            ("GET", "/containers/web/json", "web"), ("POST", "/v1.43/containers/ab12/stop?t=1", "ab12"),
            ("DELETE", "/libpod/containers/web?force=1", "web"), ("POST", "/containers/%77eb/exec", "web"),
            ("POST", "/commit?container=web&repo=x", "web"),
            ("GET", "/containers/a%2Fb/json", nil), ("GET", "/containers/%2e%2e%20/json", nil),
            ("POST", "/commit?container=web&container=db", nil), ("GET", "/containers/json", nil),
            ("GET", "/libpod/containers/stats?containers=web", nil),
            // Podman removes other containers with it.
            ("DELETE", "/libpod/containers/web?depend=true", nil), ("DELETE", "/libpod/containers/web?Depend=1", nil),
        ] as [(String, String, String?)]
    )
    func aContainerIsAskedForByItsReference(method: String, target: String, reference: String?) {
        let claims = Self.claims(method, target)
        #expect(claims.container == reference)
        #expect(claims.facts.container == (reference == nil ? .unresolved : .unasked))
        #expect(claims.facts.identity == "controller")
    }

    @Test(
        arguments: [
            ("POST", "/networks/n/connect", #"{"Container":"web"}"#, "web"),
            ("POST", "/networks/n/disconnect", #"{"container":"web","Force":true}"#, "web"),
            ("POST", "/networks/n/connect", #"{"Container":"web","CONTAINER":"db"}"#, nil),
            ("POST", "/networks/n/connect", #"{"Container":7}"#, nil), ("POST", "/networks/n/connect", "{", nil),
            ("POST", "/networks/n/connect", #"{"Container":"a/b"}"#, nil),
        ] as [(String, String, String, String?)]
    )
    func aContainerOfANetworkStandsInTheBody(method: String, target: String, body: String, reference: String?) {
        #expect(Self.claims(method, target, body).container == reference)
    }

    // MARK: Creations

    @Test(arguments: [
        ("/containers/create?name=web-1", #"{"Image":"nginx","Labels":{"team":"a"},"HostConfig":{"Image":"x"}}"#),
        ("/v1.43/containers/create?platform=x&name=web-1", #"{"image":"nginx","LABEL\#u{17F}":{"team":"a"}}"#),
        ("/containers/create?name=%2Fweb-1", #"{"Labels":{"team":"a"},"Image":"nginx"}"#),
    ])
    func aCreationIsKnownByItself(target: String, body: String) {
        let claims = Self.claims("POST", target, body)
        #expect(claims.operation == .containersCreate && claims.container == nil && claims.image == nil)
        let container = RequestFacts.Container(name: "web-1", labels: ["team": "a"], image: ImageName("nginx"))
        #expect(claims.facts.container == .known(container))
    }

    @Test func podmansCreationHasItsNameInTheBody() {
        let body = #"{"name":"web-1","image":"nginx"}"#
        let claims = Self.claims("POST", "/libpod/containers/create?name=db", body)
        let image = ImageName("nginx", defaultsToHub: false)
        #expect(claims.facts.container == .known(.init(name: "web-1", image: image)))
    }

    @Test(arguments: [
        ("/containers/create?name=a&name=b", #"{"Image":"nginx"}"#),
        ("/containers/create?NAME=a", #"{"Image":"nginx"}"#),
        ("/containers/create?name=a;b", #"{"Image":"nginx"}"#), ("/containers/create", #"{"Image":"a","image":"b"}"#),
        ("/containers/create", #"{"Image":["a"]}"#), ("/containers/create", #"{"Image":"a"} {"Image":"b"}"#),
        ("/containers/create", #"{"Image":"a","Labels":{"a":7}}"#), ("/containers/create", "[]"),
        // One name in Swift, and two to an engine.
        ("/containers/create", #"{"Image":"a","Labels":{"Kind":"bad","\u212Aind":"x"}}"#),
        ("/containers/create", #"{"Image":"a","Labels":{"a":"1","a":"2"}}"#),
        ("/containers/create", #"{"Image":"a","Labels":{"\ud800":"x"},"Privileged":true}"#),
        ("/libpod/play/kube", "kind: Pod"),
    ])
    func whatTwoReadersCouldReadDifferentlyIsUnresolved(target: String, body: String) {
        let claims = Self.claims("POST", target, body)
        #expect(claims.operation == .containersCreate && claims.facts.container == .unresolved)
    }

    @Test(arguments: ["cafe", "sha256:0123", "0123456789ab"])
    func anImageThatMayBeAnIDHasNoName(image: String) {
        let claims = Self.claims("POST", "/containers/create", #"{"Image":"\#(image)"}"#)
        #expect(claims.image == nil && claims.facts.container == .known(.init(name: "")))
    }

    /// Engines before API 1.24 take new settings with a start.
    @Test(
        arguments: [
            (nil, Operation.containersStart), ("", .containersStart), ("{}", .containersStart),
            (" { } ", .containersStart),
            (#"{"Binds":["/:/host"]}"#, .containersCreate), ("null", .containersCreate), ("{", .containersCreate),
            ("[]", .containersCreate),
        ] as [(String?, Operation)]
    )
    func aStartWithSettingsIsACreation(body: String?, operation: Operation) {
        let claims = Self.claims("POST", "/containers/web/start", body)
        #expect(claims.operation == operation && claims.container == "web")
        #expect(claims.besides?.operation == (operation == .containersCreate ? .containersStart : nil))
        #expect(claims.besides?.facts == (operation == .containersCreate ? claims.facts : nil))
    }

    // MARK: Execs

    @Test(
        arguments: [
            (#"{"Cmd":["sh"],"User":"app"}"#, RequestFacts.Exec(user: "app", isPrivileged: false)),
            (#"{"user":"root","privileged":true}"#, .init(user: "root", isPrivileged: true)),
            (#"{"User":"a","u\#u{17F}er":"root"}"#, nil),
            (#"{"Privileged":"no"}"#, nil), ("[]", nil),
        ] as [(String, RequestFacts.Exec?)]
    )
    func anExecIsKnownByItsBody(body: String, exec: RequestFacts.Exec?) {
        let claims = Self.claims("POST", "/containers/web/exec", body)
        #expect(claims.facts.exec == (exec.map { .known($0) } ?? .unresolved) && claims.container == "web")
    }

    /// The container's own is not in the request.
    @Test(arguments: [
        (#"{"Cmd":["sh"],"User":null,"Privileged":null}"#, false), ("{}", false), ("", false),
        (#"{"User":"","Privileged":true}"#, true),
    ])
    func anExecWithoutAUserHasTheContainers(body: String, isPrivileged: Bool) {
        let claims = Self.claims("POST", "/containers/web/exec", body)
        #expect(claims.facts.exec == .unasked && claims.isPrivilegedExec == isPrivileged)
    }

    @Test(arguments: [
        ("POST", "/exec/ab12/start", "ab12"), ("GET", "/exec/ab12/json", "ab12"),
        ("POST", "/exec/ab12/resize?h=1", "ab12"),
    ])
    func anExecIsAskedForByItsID(method: String, target: String, id: String) {
        let claims = Self.claims(method, target)
        #expect(claims.exec == id && claims.container == nil)
        #expect(claims.facts.exec == .unasked && claims.facts.container == .unasked)
    }

    // MARK: Images

    @Test(arguments: [
        ("POST", "/images/create?fromImage=nginx&tag=1.27", ["nginx:1.27"]),
        ("POST", "/images/create?fromImage=nginx:1.27", ["nginx:1.27"]),
        ("POST", "/images/create?fromImage=nginx:1&tag=2", ["nginx:2"]),
        ("POST", "/images/create?fromImage=r:5000/a&tag=2", ["r:5000/a:2"]),
        ("POST", "/images/create?fromImage=nginx&tag=sha256:ab", ["nginx@sha256:ab"]),
        ("POST", "/images/create?fromImage=cafe&tag=1", ["cafe:1"]),
        ("POST", "/images/create?fromSrc=-&repo=mine&tag=1", ["mine:1"]),
        ("DELETE", "/images/registry.example/a:1", ["registry.example/a:1"]), ("GET", "/images/nginx/json", ["nginx"]),
        ("POST", "/images/nginx:1/tag?repo=mine&tag=2", ["nginx:1", "mine:2"]),
        ("POST", "/images/r.example/a/push?tag=1", ["r.example/a:1"]), ("GET", "/distribution/nginx/json", ["nginx"]),
    ])
    func anImageIsKnownByItsName(method: String, target: String, names: [String]) {
        let claims = Self.claims(method, target)
        #expect(claims.facts.images == .known(names.map { ImageName($0) }) && claims.image == nil)
    }

    @Test(arguments: [
        // Without a version all of a repository is meant.
        ("POST", "/images/create?fromImage=nginx"), ("POST", "/images/r.example/a/push"),
        ("POST", "/images/create?fromImage=r.example/a:"), ("POST", "/images/create?fromImage=r.example/a@"),
        ("POST", "/images/r.example/a:/push"), ("POST", "/libpod/images/pull?reference=r.example/a:2&allTags=true"),
        ("POST", "/libpod/images/pull?reference=r.example/a:2&alltags=1"),
        ("POST", "/images/create?fromImage=nginx&tag=1&fromImage=evil"),
        ("POST", "/images/create?fromImage=nginx&tag=1&FROMIMAGE=evil"),
        ("POST", "/images/create?fromImage=nginx%zz&tag=1"), ("POST", "/images/create?fromImage=http://x/y&tag=1"),
        ("POST", "/images/create?fromImage=a&tag=1/b"), ("GET", "/images/get?names=a&names=b"),
        // The digest is pulled, and not the tag.
        ("POST", "/images/create?fromImage=r.example/a@sha256:ab&tag=1"), ("DELETE", "/libpod/images/remove?images=a"),
        ("POST", "/images/cafe/tag?repo=a&tag=1"), ("POST", "/images/a:1/tag"),
        ("POST", "/libpod/images/a/push?tag=1&destination=evil"),
    ])
    func anImageThatIsNotNamedForSureIsUnresolved(method: String, target: String) {
        #expect(Self.claims(method, target).facts.images == .unresolved)
    }

    @Test(arguments: [("GET", "/images/cafe/json"), ("DELETE", "/images/sha256:ab"), ("GET", "/images/0123/get")])
    func anIDOfAnImageIsAskedFor(method: String, target: String) {
        let claims = Self.claims(method, target)
        #expect(claims.facts.images == .unasked && claims.image != nil)
    }

    @Test(
        arguments: [
            ("/containers/web/rename?name=db", "db"), ("/containers/web/rename?name=/db", "db"),
            ("/containers/web/rename?name=a+b", "a b"), ("/containers/web/rename", nil),
            ("/containers/web/rename?name=a&name=b", nil),
        ] as [(String, String?)]
    )
    func aNewNameStandsInTheQuery(target: String, name: String?) {
        let claims = Self.claims("POST", target)
        #expect(claims.facts.newName == name && claims.container == "web")
    }
}
