import NIOCore
import Policy
import Testing

@testable import DockerBridge

@Suite struct FactFinderTests {
    private static func finder(_ method: String, _ target: String, body: String? = nil) -> FactFinder {
        let route = EngineRoute(method: method, target: target)
        let body = body.map { ByteBuffer(string: $0) }
        let claims = RequestClaims(route, target: target, body: body, identity: nil)
        return FactFinder(claims, [.container, .images, .exec])
    }

    private static let id = String(repeating: "a", count: 64)

    /// What is asked, one after the other, with these answers.
    private static func questions(_ finder: inout FactFinder, _ answers: [String?]) -> [String] {
        var targets: [String] = []
        for answer in answers {
            guard let target = finder.target else { break }
            targets.append(target)
            finder.answered(answer.map { ByteBuffer(string: $0) })
        }
        return targets
    }

    @Test func anExecLeadsToItsContainerAndThatToItsImage() {
        var finder = Self.finder("POST", "/exec/e1/start")
        let image = "sha256:" + String(repeating: "c", count: 64)
        let targets = Self.questions(
            &finder,
            [
                #"{"ContainerID":"c1","ProcessConfig":{"user":"","privileged":true}}"#,
                #"{"Id":"\#(Self.id)","Name":"/web","Image":"\#(image)","Config":{"Image":"cafe","User":"app"}}"#,
                #"{"RepoTags":["nginx:1"]}"#,
            ]
        )
        #expect(targets == ["/exec/e1/json", "/containers/c1/json", "/images/\(image)/json"])
        #expect(finder.target == nil && finder.containerID == Self.id)
        #expect(finder.claims.facts.container == .known(.init(name: "web", image: ImageName("nginx:1"))))
        #expect(finder.claims.facts.exec == .known(.init(user: "app", isPrivileged: true)))
    }

    // MARK: The directory

    private static func directory() -> ContainerDirectory {
        let directory = ContainerDirectory()
        directory.follows(true)
        let entry = ContainerDirectory.Entry(id: Self.id, name: "web", labels: ["team": "a"], image: "nginx:1")
        directory.learn(Self.id, entry, asked: directory.mark)
        directory.looked(at: [Self.id], follows: true)
        return directory
    }

    private static let known = RequestFacts.Container(name: "web", labels: ["team": "a"], image: ImageName("nginx:1"))

    @Test(arguments: ["web", id]) func aContainerThatIsKnownIsNotAskedAbout(reference: String) {
        var finder = Self.finder("POST", "/containers/\(reference)/stop")
        finder.consult(Self.directory(), now: .now())
        #expect(finder.target == nil && finder.containerID == Self.id)
        #expect(finder.claims.facts.container == .known(Self.known))
    }

    @Test func aContainerThatIsNotKnownIsAskedAbout() {
        var finder = Self.finder("POST", "/containers/db/stop")
        finder.consult(Self.directory(), now: .now())
        #expect(finder.target == "/containers/db/json")
        finder.consult(nil, now: .now())
        #expect(finder.target == "/containers/db/json")
    }

    /// Only the engine says as whom a container runs.
    @Test(arguments: [(#"{"User":"app"}"#, nil), ("{}", "/containers/web/json"), ("[]", nil)] as [(String, String?)])
    func anExecWithoutAUserIsAskedAbout(body: String, target: String?) {
        var finder = Self.finder("POST", "/containers/web/exec", body: body)
        finder.consult(Self.directory(), now: .now())
        #expect(finder.target == target)
    }

    @Test(arguments: [("app", nil), ("", "/containers/\(id)/json")] as [(String, String?)])
    func theContainerOfAnExecIsLookedUp(user: String, target: String?) {
        var finder = Self.finder("POST", "/exec/e1/start")
        finder.consult(Self.directory(), now: .now())
        #expect(finder.target == "/exec/e1/json")
        let answer = #"{"ContainerID":"\#(Self.id)","ProcessConfig":{"user":"\#(user)","privileged":false}}"#
        finder.answered(ByteBuffer(string: answer))
        finder.consult(Self.directory(), now: .now())
        #expect(finder.target == target)
        if target == nil { #expect(finder.claims.facts.container == .known(Self.known)) }
    }

    // MARK: Answers

    /// An answer that is not one must not choose what is asked next.
    @Test(arguments: [
        nil, "", "[]", "{", #"{"ContainerID":"../images/json?"}"#, #"{"ContainerID":7}"#, #"{"ContainerID":""}"#,
    ])
    func aBadAnswerAboutAnExecEndsTheSearch(answer: String?) {
        var finder = Self.finder("POST", "/exec/e1/start")
        #expect(Self.questions(&finder, [answer, "{}"]) == ["/exec/e1/json"])
        #expect(finder.claims.facts.container == .unresolved && finder.claims.facts.exec == .unresolved)
    }

    /// No default stands in for what a rule asks about.
    @Test(
        arguments: [
            ("{}", nil), (#"{"user":"app"}"#, nil), (#"{"user":7,"privileged":false}"#, nil),
            (#"{"user":"app","privileged":"no"}"#, nil),
            // Docker leaves an empty user out.
            (#"{"privileged":false}"#, RequestFacts.Exec(user: "app", isPrivileged: false)),
        ] as [(String, RequestFacts.Exec?)]
    )
    func anExecOfWhichTooLittleIsSaidIsUnresolved(process: String, exec: RequestFacts.Exec?) {
        var finder = Self.finder("POST", "/exec/e1/start")
        let container = #"{"Id":"\#(Self.id)","Name":"/web","Config":{"Image":"nginx:1","User":"app"}}"#
        let answers = [#"{"ContainerID":"c1","ProcessConfig":\#(process)}"#, container]
        #expect(Self.questions(&finder, answers).count == 2)
        #expect(finder.claims.facts.exec == (exec.map { .known($0) } ?? .unresolved))
        #expect(finder.claims.facts.container == .known(.init(name: "web", image: ImageName("nginx:1"))))
    }

    @Test(arguments: [
        nil, "null", #"{"Id":"a/b","Name":"/web","Config":{}}"#, #"{"Id":"abc","Config":{}}"#,
        #"{"Id":"abc","Name":"/web"}"#,
    ])
    func aBadAnswerAboutAContainerLeavesItUnresolved(answer: String?) {
        var finder = Self.finder("POST", "/containers/web/stop")
        #expect(Self.questions(&finder, [answer, "{}"]) == ["/containers/web/json"])
        #expect(finder.claims.facts.container == .unresolved && finder.containerID == nil)
    }

    /// One name in Swift, and two to the engine.
    @Test func aContainerWithTwoLabelsThatLookAlikeIsUnresolved() {
        var finder = Self.finder("POST", "/containers/web/stop")
        let labels = #"{"Kind":"bad","\u212Aind":"x"}"#
        let document = #"{"Id":"\#(Self.id)","Name":"/web","Config":{"Image":"nginx:1","Labels":\#(labels)}}"#
        _ = Self.questions(&finder, [document])
        #expect(finder.claims.facts.container == .unresolved)
    }

    @Test func anImageOfSeveralNamesIsAllOfThem() {
        var finder = Self.finder("DELETE", "/images/cafe")
        #expect(Self.questions(&finder, [#"{"RepoTags":["a:1","b:2",7]}"#]) == ["/images/cafe/json"])
        #expect(finder.claims.facts.images == .known([ImageName("a:1"), ImageName("b:2")]))
        var nameless = Self.finder("DELETE", "/images/cafe")
        _ = Self.questions(&nameless, [#"{"RepoTags":[]}"#])
        #expect(nameless.claims.facts.images == .unresolved)
    }

    /// A container whose image has two names has none that a rule could go by.
    @Test func aContainersImageHasOneNameOrNone() {
        var finder = Self.finder("POST", "/containers/web/stop")
        let image = "sha256:" + String(repeating: "c", count: 64)
        let document = #"{"Id":"\#(Self.id)","Name":"/web","Image":"\#(image)","Config":{"Image":"\#(image)"}}"#
        #expect(Self.questions(&finder, [document, #"{"RepoTags":["a:1","b:2"]}"#]).count == 2)
        #expect(finder.claims.facts.container == .known(.init(name: "web")))
    }

    @Test func whatIsKnownIsNotAskedFor() {
        let finder = Self.finder("POST", "/containers/create?name=a", body: #"{"Image":"nginx"}"#)
        #expect(finder.target == nil)
        #expect(Self.finder("POST", "/images/create?fromImage=a&tag=1").target == nil)
    }
}
