import Auth
import Base
import DockerBridge
import Drydock
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct TunnelStatusTests {
    private static func text(_ status: TunnelStatus) -> String {
        String(buffer: ByteBuffer(jsonObject: { status.write(into: &$0) }))
    }

    @Test func aFreshAgentSaysLittle() {
        let status = TunnelStatus(since: UnixTime(seconds: 0))
        #expect(
            Self.text(status) == #"{"state":"starting","since":"1970-01-01T00:00:00Z","phases":{},"#
                + #""clockOffsetSeconds":0,"dials":0,"welcomes":0,"requests":0,"execs":0,"queuedBytes":0,"#
                + #""attempts":[]}"#
        )
        #expect(!status.isConnected)
    }

    @Test func aFullStatusIsValidJSONAndNamesEverything() throws {
        var status = TunnelStatus(since: UnixTime(seconds: 0))
        status.state = .parked
        status.controller = try ControllerAddress(parsing: "https://drydock.example")
        status.dialect = .lookout
        status.keyID = "k"
        status.parking = Parking(code: "unknown-key", remedy: "Register \"it\".")
        status.nextDial = UnixTime(seconds: 60)
        status.lastEnd = "rejected"
        status.timings.record(.tcp, .milliseconds(2))
        status.drydockVersion = "1.6.0"
        status.roundTrip = .microseconds(1250)
        status.pingInterval = .seconds(15)
        status.clockOffset = -90
        status.attempts = [#"{"at":1}"#, #"{"at":2}"#]
        status.load = TunnelStatus.Load(requests: 3, execs: 2, queuedBytes: 1)
        let text = Self.text(status)
        for part in [
            #""parkedCode":"unknown-key""#, #""remedy":"Register \"it\".""#, #""roundTripMs":1.25"#,
            #""pingSeconds":15.0"#, #""clockOffsetSeconds":-90"#, #""attempts":[{"at":1},{"at":2}]"#,
            #""requests":3,"execs":2,"queuedBytes":1"#, #""nextDial":"1970-01-01T00:01:00Z""#,
        ] { #expect(text.contains(part)) }
        var copy = text
        #expect(copy.withUTF8 { JSONText.validate(UnsafeRawBufferPointer($0)) } == .object)
    }
}
