import NIOCore
import Testing

@testable import DockerBridge

@Suite struct EngineEventTests {
    private func read(_ text: String) -> EngineEvent? { EngineEvent.read(ByteBuffer(string: text)) }

    @Test func aContainerStarts() {
        let event = self.read(
            """
            {"status":"start","id":"c1","from":"nginx","Type":"container","Action":"start","Actor":{"ID":"c1",\
            "Attributes":{"name":"web","image":"nginx","b":"2"}},"scope":"local","time":7,"timeNano":7000000001}
            """
        )
        #expect(
            event
                == EngineEvent(
                    action: "start",
                    containerID: "c1",
                    containerName: "web",
                    image: "nginx",
                    attributes: [
                        ContainerRecord.Pair("b", "2"), ContainerRecord.Pair("image", "nginx"),
                        ContainerRecord.Pair("name", "web"),
                    ],
                    time: 7_000_000_001
                )
        )
    }

    @Test func podmansWordForARemovalIsUnderstood() {
        #expect(self.read(#"{"Type":"container","Action":"remove","Actor":{"ID":"c1"},"time":7}"#)?.action == "destroy")
    }

    @Test func anOlderEngineTellsSeconds() {
        let event = self.read(#"{"Action":"die","Actor":{"ID":"c1"},"time":7}"#)
        #expect(event?.time == 7_000_000_000)
        #expect(event?.hasNanoseconds == false)
    }

    @Test func healthHasItsWordBehindAColon() {
        let event = self.read(#"{"Type":"container","Action":"health_status: healthy","Actor":{"ID":"c1"},"time":7}"#)
        #expect(event?.action == "health_status: healthy")
    }

    @Test(arguments: ["exec_create: /bin/check", "exec_start: x", "exec_die", "top", "attach", "resize", ""])
    func noiseIsNone(action: String) {
        #expect(self.read(#"{"Type":"container","Action":"\#(action)","Actor":{"ID":"c1"},"time":7}"#) == nil)
    }

    @Test(
        arguments: [
            #"{"Type":"image","Action":"create","Actor":{"ID":"i1"}}"#, #"{"Type":"container","Action":"start"}"#,
            "", "{", "[]", "7",
        ]
    )
    func whatIsNoEventOfAContainerIsNone(text: String) {
        #expect(self.read(text) == nil)
    }
}
