import Agent
import ArgumentParser
import Base
import DockerBridge
import NIOCore
import Policy

/// Says what the policy makes of one request.
struct PolicyCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Says whether a request would be allowed, and by which line.",
        discussion: """
            The engine is not asked: a container is taken to be called what the path calls it, unless --container says \
            otherwise, and has the image and labels that you name. Exit status 0 when the request is allowed, 1 when it is \
            denied.
            """
    )

    @Argument(help: "The method, such as GET.")
    var method: String

    @Argument(help: "Path and query, such as /containers/json.")
    var path: String

    @Option(help: ArgumentHelp("The request's body.", valueName: "file"))
    var body: String?

    @Option(help: ArgumentHelp("Who asks, as identity= names it.", valueName: "name"))
    var identity = "controller"

    @Option(help: ArgumentHelp("The name of the container that the path means.", valueName: "name"))
    var container: String?

    @Option(
        help: ArgumentHelp(
            "The image of the container, or the name of the image that the path means.",
            valueName: "name"
        )
    )
    var image: String?

    @Option(help: ArgumentHelp("A label of the container; may be repeated.", valueName: "key=value"))
    var label: [String] = []

    @Option(help: ArgumentHelp("The user of the exec that the path means.", valueName: "name"))
    var user: String?

    @Flag(help: "The exec that the path means is privileged.")
    var privileged = false

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard self.path.hasPrefix("/") else {
            throw ValidationError("'\(self.path)' is not a path; it begins with '/', as in /containers/json")
        }
        guard self.label.allSatisfy({ $0.contains("=") }) else {
            throw ValidationError("a label is KEY=VALUE, as in --label team=a")
        }
    }

    func run() async throws {
        try await CommandFailure.withStatusTwo { try self.check() }
    }

    private func check() throws {
        let settings = try PolicyCommand.settings(ProcessEnvironment.current)
        let body = try self.body.map { ByteBuffer(bytes: try FileInput.bytes($0)) }
        let answer = self.answer(settings.policy, body: body)
        FileOutput.write(self.json ? answer.json.spread : answer.text, to: 1)
        if !answer.isAllowed { throw ExitCode(1) }
    }

    struct Answer {
        let isAllowed: Bool
        let text: String
        let json: JSONNode
    }

    /// - Parameter body: of the request.
    func answer(_ policy: HostPolicy, body: ByteBuffer?) -> Answer {
        let route = EngineRoute(method: self.method, target: self.path)
        let asked = RequestClaims(route, target: self.path, body: body, identity: self.identity)
        // What an engine may take it for besides must be allowed, too.
        let doubts = route.others.operations.map { RequestClaims(doubt: $0, identity: self.identity) }
        let all = [asked] + doubts + [asked.besides].compactMap(\.self)
        let claims = all.first { !policy.decide($0.operation, self.facts($0)).isAllowed } ?? asked
        let facts = self.facts(claims)
        let (verdict, rule, sentence) = Self.verdict(policy, claims, facts)
        let line = rule.flatMap { policy.line(ofRule: $0) }
        let place = rule.map { rule in (line.map { "line \($0): " } ?? "") + policy.rules[rule].text }
        var members: [JSONNode.Member] = [
            .init("operation", .text(claims.operation.rawValue)),
            .init("verdict", .text(verdict ? "allowed" : "denied")),
            .init("line", line.map { .number(Double($0)) } ?? .null),
            .init("rule", rule.map { .text(policy.rules[$0].text) } ?? .null),
        ]
        if let sentence { members.append(.init("message", .text(sentence))) }
        let reason = place.map { "by \($0)" } ?? "because no rule holds"
        let text = "\(claims.operation.rawValue) is \(verdict ? "allowed" : "denied") \(reason)\n"
        return Answer(
            isAllowed: verdict,
            text: text + (sentence.map { "\($0)\n" } ?? ""),
            json: .object(members)
        )
    }

    private static func verdict(
        _ policy: HostPolicy,
        _ claims: RequestClaims,
        _ facts: RequestFacts
    ) -> (isAllowed: Bool, rule: Int?, sentence: String?) {
        switch policy.decide(claims.operation, facts) {
        case .allowed(let rule): return (true, rule, nil)
        case .denied(let reason):
            let refusal = PolicyRefusal(
                host: "this host",
                claims.operation,
                reason,
                policy,
                facts,
                reference: claims.container
            )
            switch reason {
            case .rule(let rule), .newName(let rule, _): return (false, rule, refusal.sentence)
            case .nothingMatches: return (false, nil, refusal.sentence)
            }
        // Every fact was given or counts as not found.
        case .needs: return (false, nil, nil)
        }
    }

    /// With what the options say in the place of the engine.
    private func facts(_ claims: RequestClaims) -> RequestFacts {
        var facts = claims.facts
        let image = self.image.map { ImageName($0) }
        switch facts.container {
        case .unasked:
            guard let name = self.container ?? claims.container else {
                facts.container = .unresolved
                break
            }
            facts.container = .known(.init(name: name, labels: self.labels, image: image))
        case .known(var container):
            container.image = container.image ?? image
            facts.container = .known(container)
        case .unresolved: break
        }
        if facts.images == .unasked { facts.images = image.map { .known([$0]) } ?? .unresolved }
        if facts.exec == .unasked {
            facts.exec = .known(.init(user: self.user ?? "", isPrivileged: self.privileged || claims.isPrivilegedExec))
        }
        return facts
    }

    private var labels: [String: String] {
        self.label.reduce(into: [:]) { labels, text in
            let end = text.firstIndex(of: "=") ?? text.endIndex
            labels[String(text[..<end])] = String(text[end...].dropFirst())
        }
    }
}
