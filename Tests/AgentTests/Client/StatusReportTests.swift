import NIOCore
import Testing

@testable import Agent

@Suite struct StatusReportTests {
    @Test func aConnectedAgentIsToldInAFewLines() {
        let report = StatusReport(
            ByteBuffer(
                string: #"{"mode":"edge","version":"0.3.0","uptimeSeconds":12.5,"state":"connected","#
                    + #""since":"2026-01-01T00:00:00Z","controller":"wss://h","dialect":"portwing","keyId":"k","#
                    + #""drydockVersion":"1.6.0","roundTripMs":1.25,"pingSeconds":30.0,"clockOffsetSeconds":0,"#
                    + #""dials":2,"welcomes":1,"requests":3,"execs":4,"queuedBytes":5,"agentName":"here","memoryBytes":2048,"#
                    + #""attempts":[{"at":"t","controller":"wss://h","dialect":"portwing","end":"tcp-failed","#
                    + #""phases":{"tcp":1.5},"reason":"tcp failed: \"refused\"","up":3.5}]}"#
            )
        )
        #expect(report.isConnected)
        #expect(
            report.text == """
                lookout 0.3.0, here, edge mode, up 12.5 s
                connected since 2026-01-01T00:00:00Z: wss://h (portwing)
                Drydock 1.6.0, round trip 1.25 ms, ping every 30.0 s, clock offset 0 s
                3 requests and 4 exec sessions under way, 5 bytes queued
                key k, 2 dials, 1 welcomes
                private memory 2 KiB
                last attempts, oldest first:
                  t  wss://h  portwing  tcp-failed up 3.5 s  {"tcp":1.5}  tcp failed: "refused"
                """
        )
    }

    @Test func aParkedAgentSaysWhatToDo() {
        let report = StatusReport(
            ByteBuffer(string: #"{"state":"parked","parkedCode":"unknown-key","remedy":"Register it.","nextDial":"n"}"#)
        )
        #expect(!report.isConnected)
        #expect(report.text.contains("parked with unknown-key: Register it.\nnext dial at n\n"))
    }

    @Test func anEngineThatIsAwayIsSaid() {
        let members = #""state":"connected","engine":"disconnected""#
        #expect(StatusReport(ByteBuffer(string: "{\(members)}")).text.contains("\nthe Docker engine does not answer; "))
        let present = #"{"state":"connected","engine":"connected"}"#
        #expect(!StatusReport(ByteBuffer(string: present)).text.contains("does not answer"))
    }

    @Test func standardModeHasNoControllerToTellOf() {
        let json =
            #"{"mode":"standard","version":"0.3.0","uptimeSeconds":12.5,"state":"listening","engine":"connected"}"#
        #expect(StatusReport(ByteBuffer(string: json)).text == "lookout 0.3.0, standard mode, up 12.5 s\nlistening")
    }

    @Test(arguments: ["", "[]", "{", #"{"state":"#])
    func somethingElseIsAReportWithoutFacts(json: String) {
        #expect(StatusReport(ByteBuffer(string: json)).text.hasPrefix("lookout -, - mode"))
    }
}
