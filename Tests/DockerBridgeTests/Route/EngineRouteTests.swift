import CAllocations
import Policy
import Testing

@testable import DockerBridge

/// What each path of the engine's API is read as.
@Suite struct EngineRouteTests {
    /// A request, and what it is read as: `METHOD path operation` with `streamed`, `hijack`, `endless`, `work`, `exit`, `stop`
    /// and `kill` where the answer is not whole or not prompt.
    struct Example: Sendable, CustomTestStringConvertible {
        let method: String
        let target: String
        let operation: String
        let words: Set<Substring>

        var testDescription: String { "\(self.method) \(self.target)" }

        init(_ line: Substring) {
            let words = line.split(separator: " ")
            self.method = String(words[0])
            self.target = String(words[1])
            self.operation = String(words[2])
            self.words = Set(words.dropFirst(3))
        }

        var route: EngineRoute { EngineRoute(method: self.method, target: self.target) }

        var transfer: EngineRoute.Transfer {
            self.words.contains("hijack") ? .hijack : self.words.contains("streamed") ? .streamed : .whole
        }

        var patience: Patience {
            switch self.words.subtracting(["hijack", "streamed"]).first {
            case "work": .work
            case "exit": .exit
            case "endless": .endless
            case "stop": .stop(seconds: nil)
            case "kill": .stop(seconds: 10)
            default: .prompt
            }
        }
    }

    private static func examples(_ text: String) -> [Example] { text.split(separator: "\n").map(Example.init) }

    private static let docker = examples(
        """
        GET /containers/json containers.list
        GET /containers/web/json containers.inspect
        GET /containers/web/logs containers.logs streamed endless
        GET /containers/web/stats containers.stats streamed endless
        GET /containers/web/top containers.top
        GET /containers/web/changes containers.changes
        GET /containers/web/export containers.export streamed work
        GET /containers/web/attach/ws containers.attach hijack
        GET /containers/web/archive containers.archive.read streamed work
        HEAD /containers/web/archive containers.archive.read streamed work
        PUT /containers/web/archive containers.archive.write work
        POST /containers/create containers.create
        POST /containers/prune containers.prune work
        POST /containers/web/start containers.start
        POST /containers/web/stop containers.stop stop
        POST /containers/web/restart containers.restart stop
        POST /containers/web/kill containers.kill kill
        POST /containers/web/pause containers.pause
        POST /containers/web/unpause containers.unpause
        POST /containers/web/rename containers.rename
        POST /containers/web/update containers.update work
        POST /containers/web/resize containers.resize
        POST /containers/web/wait containers.wait exit
        POST /containers/web/attach containers.attach hijack
        POST /containers/web/exec exec.create
        DELETE /containers/web containers.remove work
        DELETE /containers/web/checkpoints/first unknown work
        GET /exec/e1/json exec.inspect
        POST /exec/e1/start exec.start hijack
        POST /exec/e1/resize exec.resize
        GET /images/json images.list
        GET /images/search images.search
        GET /images/get images.save streamed work
        GET /images/web/get images.save streamed work
        GET /images/web/history images.history
        GET /images/web/json images.inspect
        POST /images/load images.load streamed work
        POST /images/create?fromImage=web images.pull streamed work
        POST /images/create?fromSrc=- images.import streamed work
        POST /images/prune images.prune work
        POST /images/web/push images.push streamed work
        POST /images/web/tag images.tag
        DELETE /images/web images.remove work
        GET /distribution/web/json images.distribution
        POST /commit images.commit work
        POST /build images.build streamed work
        POST /build/cancel images.build
        POST /build/prune build.cache.prune work
        POST /session build.session hijack
        POST /grpc build.grpc hijack
        GET /networks networks.list
        GET /networks/ networks.list
        GET /networks/web networks.inspect
        POST /networks/create networks.create
        POST /networks/prune networks.prune work
        POST /networks/web/connect networks.connect
        POST /networks/web/disconnect networks.disconnect
        DELETE /networks/web networks.remove work
        GET /volumes volumes.list
        GET /volumes/data volumes.inspect
        POST /volumes/create volumes.create
        POST /volumes/prune volumes.prune work
        PUT /volumes/data volumes.update work
        DELETE /volumes/data volumes.remove work
        GET /_ping system.ping
        HEAD /_ping system.ping
        GET /version system.version
        GET /info system.info
        GET /system/df system.df work
        GET /events system.events streamed endless
        POST /auth system.auth
        GET /swarm swarm.read
        GET /swarm/unlockkey swarm.read
        POST /swarm/init swarm.write work
        POST /swarm/join swarm.write work
        POST /swarm/leave swarm.write work
        POST /swarm/update swarm.write work
        POST /swarm/unlock swarm.write work
        GET /nodes swarm.read
        GET /nodes/n1 swarm.read
        POST /nodes/n1/update swarm.write work
        DELETE /nodes/n1 swarm.write work
        GET /services swarm.read
        GET /services/s1 swarm.read
        GET /services/s1/logs swarm.read streamed endless
        POST /services/create swarm.write work
        POST /services/s1/update swarm.write work
        DELETE /services/s1 swarm.write work
        GET /tasks swarm.read
        GET /tasks/t1 swarm.read
        GET /tasks/t1/logs swarm.read streamed endless
        GET /secrets swarm.read
        GET /secrets/s1 swarm.read
        POST /secrets/create swarm.write work
        POST /secrets/s1/update swarm.write work
        DELETE /secrets/s1 swarm.write work
        GET /configs swarm.read
        GET /configs/c1 swarm.read
        POST /configs/create swarm.write work
        POST /configs/c1/update swarm.write work
        DELETE /configs/c1 swarm.write work
        GET /plugins plugins.read
        GET /plugins/privileges plugins.read work
        GET /plugins/p1/json plugins.read
        POST /plugins/pull plugins.write streamed work
        POST /plugins/create plugins.write work
        POST /plugins/p1/enable plugins.write work
        POST /plugins/p1/disable plugins.write work
        POST /plugins/p1/push plugins.write streamed work
        POST /plugins/p1/upgrade plugins.write streamed work
        POST /plugins/p1/set plugins.write work
        DELETE /plugins/p1 plugins.write work
        """
    )

    /// Paths that only Podman's own interface has.
    private static let podman = examples(
        """
        GET /libpod/containers/web/exists containers.inspect
        GET /libpod/containers/stats containers.stats streamed endless
        POST /libpod/containers/web/restore containers.create work
        POST /libpod/pods/create containers.create
        POST /libpod/play/kube containers.create work
        POST /libpod/kube/play containers.create work
        POST /libpod/quadlets containers.create work
        GET /libpod/images/export images.save streamed work
        GET /libpod/images/web/exists images.inspect
        POST /libpod/images/pull images.pull streamed work
        POST /libpod/manifests/web/registry/h/a/b unknown work
        POST /libpod/images/import images.import work
        POST /libpod/images/web/untag images.tag
        DELETE /libpod/images/remove images.remove work
        GET /libpod/networks/json networks.list
        GET /libpod/networks/web/json networks.inspect
        GET /libpod/networks/web/exists networks.inspect
        GET /libpod/volumes/json volumes.list
        GET /libpod/volumes/data/json volumes.inspect
        GET /libpod/volumes/data/exists volumes.inspect
        """
    )

    @Test(arguments: docker + podman)
    func aPathOfTheEngineIsRead(_ example: Example) {
        let route = example.route
        #expect(route.operation.rawValue == example.operation)
        #expect(route.transfer == example.transfer)
        #expect(route.patience == example.patience)
        #expect(route.isLibpod == example.target.hasPrefix("/libpod"))
        #expect((route.lane == .bulk) == (example.transfer == .streamed))
    }

    /// An API version changes nothing, whatever it is.
    @Test(arguments: docker + podman, ["/v1.23", "/v1.53", "/v5.0.0-rc1"])
    func aPathWithAVersionIsReadTheSame(_ example: Example, version: String) {
        let plain = example.route
        let route = EngineRoute(method: example.method, target: version + example.target)
        #expect(route.operation == plain.operation && route.patience == plain.patience)
        #expect(route.transfer == plain.transfer && route.isLibpod == plain.isLibpod && route.form == plain.form)
    }

    /// Names may hold slashes, and words that mean something elsewhere.
    @Test(arguments: docker, ["a/b", "json", "a/start", "logs"])
    func anyNameIsTaken(_ example: Example, name: String) {
        let words = example.target.split(separator: "/")
        guard let index = words.firstIndex(where: Self.names.contains) else { return }
        // A word in the place of the name may be another path of the engine's.
        if index == words.count - 1, !name.contains("/") { return }
        let target = words.enumerated().map { "/" + ($0 == index ? name : String($1)) }.joined()
        let route = EngineRoute(method: example.method, target: target)
        #expect(route.operation.rawValue == example.operation)
        if route.operation != .unknown { #expect(route.subject(of: target) == name) }
    }

    private static let names: Set<Substring> = ["web", "data", "e1", "n1", "s1", "t1", "c1", "p1"]

    @Test func everyEntryHasAnExample() {
        let reached = (Self.docker + Self.podman).compactMap { example in
            var target = example.target
            return target.withUTF8 { target in
                EnginePath.reading(EnginePath.path(of: target)) { path in
                    EngineMethod(example.method).flatMap { EngineRouteTable.find($0, path) }.map(Self.key)
                }
            }
        }
        #expect(Set(reached) == Set(EngineRouteTable.entries.map(Self.key)))
    }

    private static func key(_ entry: EngineRouteEntry) -> String { "\(entry.method) \(entry.pattern)" }

    @Test func everyOperationOfAnEngineHasAPath() {
        let found = Set((Self.docker + Self.podman).map(\.operation))
        let expected = Operation.allCases.filter { $0.group != .agent }.map(\.rawValue)
        #expect(found == Set(expected))
    }

    /// Podman's own interface has other paths for these.
    private static let withoutTwin: Set = [
        "GET /images/get", "POST /images/create?fromImage=web", "POST /images/create?fromSrc=-", "GET /networks",
        "GET /networks/", "GET /networks/web", "GET /volumes", "GET /volumes/data",
    ]

    @Test(arguments: docker) func podmansTwinIsTheSameOperation(_ example: Example) {
        let route = EngineRoute(method: example.method, target: "/v5.0.0/libpod" + example.target)
        #expect(route.isLibpod)
        let isTwin = !Self.withoutTwin.contains("\(example.method) \(example.target)")
        #expect(route.operation.rawValue == (isTwin ? example.operation : "unknown"))
    }

    @Test(arguments: [
        ("GET", ""), ("GET", "/"), ("GET", "*"), ("GET", "//"), ("GET", "/v1.44"), ("GET", "/v1.44/"),
        ("GET", "/libpod"),
        ("GET", "containers/json"), ("GET", "http://h/info"), ("GET", "/containers"), ("GET", "/containers/web"),
        ("GET", "/Containers/json"), ("GET", "/containers/JSON"), ("get", "/containers/json"), ("get", "/info"),
        ("OPTIONS", "/info"), ("PATCH", "/info"), ("CONNECT", "/info"), ("", "/info"),
        ("POST", "/containers/json"), ("GET", "/containers/create"), ("PUT", "/containers/web/start"),
        ("POST", "/containers/start"), ("DELETE", "/containers"), ("DELETE", "/containers/"),
        ("POST", "/containers/web"),
        ("GET", "/containers/json/web"), ("GET", "/containersjson"), ("GET", "/xcontainers/json"),
        ("GET", "/x/containers/json"), ("GET", "/v1.44/v1.44/info"), ("GET", "/libpod/v1.44/info"), ("GET", "/vx/info"),
        ("GET", "/libpod/libpod/info"), ("GET", "/info%3Fa"), ("GET", "/info%00"), ("GET", "/%69nfo%20"),
        ("GET", "/%2569nfo"), ("GET", "/info;a=b"), ("GET", "/info#a"), ("GET", "/inf%6"),
        // No inspection gives out what a volume holds, and a check of a container's health runs a program in it.
        ("GET", "/libpod/volumes/data/export"), ("GET", "/libpod/containers/web/healthcheck"),
        ("POST", "/libpod/containers/web/checkpoint"), ("POST", "/containers/web/checkpoints"),
        ("POST", "/pods/create"), ("POST", "/play/kube"), ("POST", "/quadlets"), ("GET", "/debug/pprof/heap"),
        ("POST", "/images/pull"),
    ])
    func whatNoEngineKnowsIsUnknown(method: String, target: String) {
        #expect(EngineRoute(method: method, target: target).operation == .unknown)
    }

    /// Engines redirect these, and a proxy in front of one may resolve them, so the operation is not known.
    @Test(arguments: [
        "/volumes/../containers/web/export", "/volumes/%2e%2e/containers/web/export", "/./info", "/info/.", "/info/..",
        "/..", "/x/%2E/info", "/volumes/.", "/v1.44/../info", "/images/a%2F..%2Fb/json",
    ])
    func aPathWithADotSegmentIsUnknown(target: String) {
        #expect(EngineRoute(method: "GET", target: target).operation == .unknown)
    }

    @Test(arguments: ["...", ".a", "a.", "..a", "a..b", "%2e%2e%2e"])
    func aNameWithDotsIsNoDotSegment(name: String) {
        #expect(EngineRoute(method: "GET", target: "/volumes/\(name)").operation == .volumesInspect)
    }

    /// Engines decode a path once, take a slash for one whichever way it is written, and know no other spelling.
    @Test(arguments: [
        "/containers/web/json", "/%63ontainers/web/json", "/containers/%77eb/json", "/containers/web/%6Ason",
        "/containers%2Fweb%2fjson", "/%2Fcontainers/web/json", "/containers//web/json", "//containers/web///json",
        "/containers/web/json/", "/containers/web/json%2F", "/%76%31.41/containers/web/json",
        "/v1.41//containers/web/json",
        "/v/containers/web/json", "/v./containers/web/json", "/v1.41x/containers/web/json",
        "/v1.41%2Fcontainers/web/json",
        "/libpod/containers/web/json", "/%6cibpod/containers/web/json", "/v5%2Flibpod%2Fcontainers%2Fweb%2Fjson",
        "/containers/web/json?", "/containers/web/json?a=/start", "/containers/web/json?a?b",
        "/containers/web/json?%zz",
        "/containers/web/json?\u{301}",
    ])
    func aSpellingIsReadAsTheEngineReadsIt(target: String) {
        let route = EngineRoute(method: "GET", target: target)
        #expect(route.operation == .containersInspect)
        #expect(route.subject(of: target) == "web")
    }

    @Test(arguments: [
        ("%C3%A9", "é"), ("%2541", "%41"), ("a%zzb", "a%zzb"), ("a%", "a%"), ("a/b", "a/b"), ("a%2Fb", "a/b"),
        ("v1.44", "v1.44"),
        ("libpod", "libpod"), ("\u{301}a", "\u{301}a"), ("a%3Fb", "a?b"), ("start", "start"), ("a//b", "a/b"),
    ])
    func theNameIsDecodedOnce(spelling: String, name: String) {
        let target = "/v1.44/exec/\(spelling)/start?a=b"
        let route = EngineRoute(method: "POST", target: target)
        #expect(route.startedExec(in: target).map { Array($0.utf8) } == Array(name.utf8))
    }

    @Test(arguments: [
        ("POST", "/exec/e1/resize"), ("GET", "/exec/e1/start"), ("POST", "/containers/e1/start"),
        ("POST", "/exec/start"),
        ("GET", "/info"),
    ])
    func otherRequestsStartNoExec(method: String, target: String) {
        #expect(EngineRoute(method: method, target: target).startedExec(in: target) == nil)
    }

    /// Engines take the first value of a name, whichever way the name is written. What a `;` does to it depends on the engine's age.
    @Test(arguments: [
        ("fromImage=web", Operation.imagesPull), ("tag=a&fromImage=web", .imagesPull), ("from%49mage=web", .imagesPull),
        ("fromImage=web&fromSrc=-", .imagesPull), ("fromImage=web&fromImage=", .imagesPull),
        ("fromImage==", .imagesPull),
        ("fromImage=&fromImage=web", .imagesImport), ("fromImage", .imagesImport), ("fromImage=", .imagesImport),
        ("", .imagesImport), ("fromimage=web", .imagesImport), ("xfromImage=web", .imagesImport),
        ("a=fromImage=web", .imagesImport), ("fromImage=;x", .unknown),
        ("x;fromImage=&fromImage=a", .unknown), ("fromImage=web;x&fromSrc=-", .unknown),
        ("&&fromImage=web", .imagesPull), ("fromImage%3Dweb", .imagesImport),
    ])
    func theQuerySaysWhetherAnImageIsPulledOrImported(query: String, operation: Operation) {
        #expect(EngineRoute(method: "POST", target: "/v1.44/images/create?\(query)").operation == operation)
    }

    /// The peer's rule decides what form an answer has. These are the paths on which it and the engine's way differ.
    @Test func answersTakeTheFormThatThePeerExpects() {
        let differing = (Self.docker + Self.podman).filter { ($0.route.form == .stream) != ($0.transfer != .whole) }
        #expect(
            Set(differing.map(\.target)) == [
                "/containers/web/stats", "/containers/web/export", "/containers/web/attach/ws",
                "/containers/web/archive",
                "/images/get", "/images/web/get", "/images/load", "/images/web/push", "/session", "/grpc",
                "/plugins/pull", "/plugins/p1/push", "/plugins/p1/upgrade",
                "/libpod/containers/stats", "/libpod/images/export", "/libpod/images/pull",
            ]
        )
    }

    @Test(arguments: ["/v1.44/containers/0123456789ab/json?size=1", "/new/x", "/v5.0.0/libpod/events"])
    func aPlainlySpelledPathIsReadWithoutAnAllocation(target: String) {
        let read = { withExtendedLifetime(EngineRoute(method: "GET", target: target)) {} }
        for _ in 0..<16 { read() }
        let before = allocations_of_this_thread()
        for _ in 0..<64 { read() }
        #expect(allocations_of_this_thread() - before < 64)
    }

    @Test(arguments: [
        ("/v1.43/info", true), ("/v1.43/", true), ("/v10.200/x", true), ("/v1/info", false), ("/v1.43", false),
        ("/v1.43?x", false), ("/v.43/x", false), ("/v1./x", false), ("/v1.4a/x", false), ("/x/v1.43/info", false),
        ("/V1.43/info", false), ("/v1.43.1/info", false), ("/", false), ("", false), ("v1.43/info", false),
        ("/volumes", false), ("/version", false),
    ])
    func namesAVersionOnlyWhereTheWholeSegmentIsOne(target: String, namesVersion: Bool) {
        #expect(EngineRoute(method: "GET", target: target).namesVersion == namesVersion)
    }
}
