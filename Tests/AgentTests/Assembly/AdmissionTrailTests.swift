import Auth
import ContainerChecks
import DockerBridge
import NIOCore
import Testing
import Trail

@testable import Agent

@Suite struct AdmissionTrailTests {
    @Test func eachObjectionIsARecord() throws {
        let trail = try AuditTrail(nil, ringCapacity: 4) { _ in }
        let admission = try #require(Admission(AdmissionSettings(mode: .deny), trail: trail))
        let target = "/containers/create?name=web"
        let creation = try #require(ContainerCreation(EngineRoute(method: "POST", target: target), target: target))
        for body in [#"{"User":"0","HostConfig":{"Privileged":true}}"#, "{}"] {
            _ = admission.judge(creation, body: ByteBuffer(string: body), answers: nil, actor: "me")
        }
        let lines = trail.recent.lines(after: 0, limit: nil).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.count == 1)
        let fields = #""actor":"me","container":"web","rules":"privileged-container","outcome":"denied""#
        #expect(lines.first?.contains(fields) == true)
    }
}
