import Auth
import DockerBridge
import Foundation
import NIOCore
import Testing

@testable import Lookout

@Suite struct AdmissionTests {
    private static func judge(
        _ mode: Admission.Mode,
        _ body: String,
        target: String = "/containers/create?name=web",
        rules: [String] = Admission.usualRules,
        trail: AuditTrail? = nil
    ) throws -> AdmissionVerdict {
        let admission = try #require(Admission(AdmissionSettings(mode: mode, rules: rules), trail: trail))
        let creation = try #require(ContainerCreation(method: "POST", target: target))
        return admission.judge(creation, body: ByteBuffer(string: body), actor: "me")
    }

    private static func words(_ verdict: AdmissionVerdict) -> String {
        switch verdict {
        case .admitted: "admitted"
        case .warned(let text): text
        case .refused(let body): String(buffer: body)
        }
    }

    private static let privileged = #"{"User":"0","HostConfig":{"Privileged":true}}"#

    @Test func offIsNobody() {
        #expect(Admission(AdmissionSettings(), trail: nil) == nil)
    }

    @Test func whatIsRefusedIsSaidWithItsFindings() throws {
        let body = Self.words(try Self.judge(.deny, Self.privileged))
        #expect(body.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: privileged-container: "#))
        #expect(body.contains(#""findings":[{"severity":"critical","rule":"privileged-container","container":"web","#))
        #expect(!body.contains("root-user"))
    }

    @Test func aWarningNamesTheRules() throws {
        #expect(Self.words(try Self.judge(.warn, Self.privileged)) == #"299 lookout "privileged-container""#)
    }

    /// Below API 1.24 the body of a start replaces the settings; which version an engine takes is its own affair.
    @Test(arguments: ["/v1.23/containers/web/start", "/containers/web/start", "/v1.43/containers/web/start"])
    func aStartThatBringsSettingsIsJudgedAsACreationIs(target: String) throws {
        for body in [Self.privileged, #"{"Privileged":true}"#] {
            let words = Self.words(try Self.judge(.deny, body, target: target))
            #expect(words.hasPrefix(#"{"message":"refused by ADMISSION=deny of the agent: privileged-container: "#))
            #expect(words.contains(#""container":"web""#))
        }
        #expect(Self.words(try Self.judge(.warn, Self.privileged, target: target)).contains("privileged-container"))
        #expect(Self.words(try Self.judge(.deny, "[", target: target)).contains("the body cannot be read: "))
    }

    @Test(arguments: ["", "{}", #"{"HostConfig":{"Binds":["data:/data"]}}"#])
    func anOrdinaryStartIsAdmitted(body: String) throws {
        #expect(Self.words(try Self.judge(.deny, body, target: "/v1.43/containers/web/start")) == "admitted")
    }

    private static func binds(_ count: Int, path: String = "/etc") -> String {
        let binds = (0..<count).map { #""\#(path)/\#($0):/\#($0)""# }.joined(separator: ",")
        return #"{"Image":"\#(String(repeating: "i", count: 5_000))","HostConfig":{"Binds":[\#(binds)]}}"#
    }

    @Test func aRefusalTellsOfTwentyFindings() throws {
        let words = Self.words(try Self.judge(.deny, Self.binds(4_000)))
        #expect(words.components(separatedBy: #""rule":"sensitive-host-mount""#).count == 21)
        #expect(words.contains(" And 3980 more."))
        #expect(words.utf8.count < 32 << 10)
        #expect(!Self.words(try Self.judge(.deny, Self.binds(20))).contains(" And "))
    }

    /// What a client wrote is quoted, and the quotation is short.
    @Test func aRefusalQuotesLittle() throws {
        let path = "/etc/" + String(repeating: "é", count: 1_500)
        let words = Self.words(try Self.judge(.deny, Self.binds(4_000, path: path)))
        #expect(!words.contains(String(repeating: "é", count: 100)))
        #expect(words.utf8.count < 32 << 10)
        let addresses = (0..<4_000).map { #"{"HostIp":"10.0.0.1","HostPort":"\#($0)"}"# }.joined(separator: ",")
        let port = #"{"HostConfig":{"PortBindings":{"2375/tcp":[\#(addresses)]}}}"#
        #expect(Self.words(try Self.judge(.deny, port)).utf8.count < 4 << 10)
    }

    @Test(arguments: [Admission.Mode.warn, .deny])
    func whatIsTooMuchToJudgeIsObjectedTo(mode: Admission.Mode) throws {
        let words = Self.words(try Self.judge(mode, Self.binds(70_000)))
        #expect(words.contains("the body has over 4096 entries in Binds, too many to judge"))
        #expect(words.utf8.count < 300)
    }

    @Test func onlyTheChosenRulesCount() throws {
        #expect(Self.words(try Self.judge(.deny, Self.privileged, rules: ["host-network"])) == "admitted")
    }

    /// A rule may be chosen and still find nothing worth a refusal.
    @Test func whatIsLessSevereIsAdmitted() throws {
        #expect(Self.words(try Self.judge(.deny, #"{"User":"0"}"#, rules: ["root-user"])) == "admitted")
    }

    @Test(arguments: [Admission.Mode.warn, .deny])
    func whatCannotBeLookedAtIsObjectedTo(mode: Admission.Mode) throws {
        #expect(Self.words(try Self.judge(mode, "{")).contains("the body cannot be read: "))
        let podman = try Self.judge(mode, "{}", target: "/v4.0.0/libpod/containers/create")
        #expect(Self.words(podman).contains("Podman's own interface cannot be looked at"))
    }

    @Test func eachObjectionIsARecord() throws {
        let trail = try AuditTrail(nil, ringCapacity: 4) { _ in }
        _ = try Self.judge(.deny, Self.privileged, trail: trail)
        _ = try Self.judge(.deny, "{}", trail: trail)
        let lines = trail.recent.lines(after: 0, limit: nil).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.count == 1)
        let fields = #""actor":"me","container":"web","rules":"privileged-container","outcome":"denied""#
        #expect(lines.first?.contains(fields) == true)
    }

    @Test func theUsualRulesExist() {
        var reader = EnvironmentReader([
            "ADMISSION": "deny", "ADMISSION_RULES": Admission.usualRules.joined(separator: " , "),
        ])
        let settings = Configuration.admission(&reader)
        #expect(settings == AdmissionSettings(mode: .deny, rules: Admission.usualRules))
        #expect(reader.problems == [])
    }

    @Test func aWrongSettingIsNamed() {
        var reader = EnvironmentReader(["ADMISSION": "on", "ADMISSION_RULES": "host-networks"])
        _ = Configuration.admission(&reader)
        #expect(reader.problems.contains { $0.contains("ADMISSION is 'on'; it must be one of off, warn, deny") })
        #expect(reader.problems.contains { $0.contains("there is no rule 'host-networks'; is it host-network?") })
    }
}
