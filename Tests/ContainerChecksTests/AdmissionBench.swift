import ContainerWatch
import DockerBridge
import NIOCore
import Testing

@testable import ContainerChecks

/// Asks `Admission` about one request, without a dispatcher.
enum AdmissionBench {
    static func judge(
        _ mode: Admission.Mode,
        _ body: String,
        target: String = "/containers/create?name=web",
        rules: [String] = Admission.usualRules,
        links: HostLinks? = nil,
        answers: AdmissionAnswers? = nil,
        accepted: String? = nil,
        report: @escaping @Sendable (AdmissionObjection) -> Void = { _ in }
    ) throws -> AdmissionVerdict {
        let accepted = try accepted.map { try Suppressions(Array($0.utf8)) }
        let settings = AdmissionSettings(mode: mode, rules: rules, accepted: accepted)
        let admission = try #require(Admission(settings, links: links, report: report))
        let route = EngineRoute(method: "POST", target: target)
        let creation = try #require(ContainerCreation(route, target: target))
        return admission.judge(creation, body: ByteBuffer(string: body), answers: answers, actor: "me")
    }

    static func words(_ verdict: AdmissionVerdict) -> String {
        switch verdict {
        case .admitted: "admitted"
        case .warned(let text): text
        case .refused(let body): String(buffer: body)
        case .asks(let targets): "asks \(targets.joined(separator: " "))"
        }
    }

    /// What the engine said: documents by their paths, `nil` for what it does not have.
    static func answers(_ found: [String: String?]) -> AdmissionAnswers {
        var answers = AdmissionAnswers()
        for (target, body) in found {
            answers.add(body.map { .found(ByteBuffer(string: $0)) } ?? .missing, to: target)
        }
        return answers
    }

    /// A body with many mounts.
    static func binds(_ count: Int, path: String = "/etc") -> String {
        let binds = (0..<count).map { #""\#(path)/\#($0):/\#($0)""# }.joined(separator: ",")
        return #"{"Image":"\#(String(repeating: "i", count: 5_000))","HostConfig":{"Binds":[\#(binds)]}}"#
    }
}
