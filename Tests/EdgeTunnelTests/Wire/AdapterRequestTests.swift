import DockerBridge
import Drydock
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct AdapterRequestTests {
    private func decode(_ type: String, _ data: String) throws -> AdapterRequest {
        let text = #"{"type":"dd:container_\#(type)","data":{\#(data)}}"#
        guard case .adapter(let request) = FrameDecoder.decode(ByteBuffer(string: text)) else {
            throw CancellationError()
        }
        return request
    }

    private func log(_ data: String) throws -> LogRequest {
        guard case .log(let request) = try self.decode("log_request", data) else { throw CancellationError() }
        return request
    }

    @Test(arguments: [
        (#""since":0"#, "0"), (#""since":"0""#, "0"), (#""since":1767225600"#, "1767225600"),
        (#""since":1767225600.5"#, "1767225600.5"), (#""since":"1767225600.000000001""#, "1767225600.000000001"),
    ])
    func timesAreNumbersOrTexts(member: String, since: String) throws {
        let request = try self.log(member)
        #expect(request.query.since == since)
        #expect(request.problem == nil)
    }

    @Test(arguments: [#""since":null"#, #""since":true"#, #""since":{}"#, ""])
    func whatIsNoTimeAtAllIsAsIfItWereAbsent(member: String) throws {
        let request = try self.log(member)
        #expect(request.query.since == nil)
        #expect(request.problem == nil)
    }

    @Test(arguments: [
        #""until":"soon""#, #""since":-5"#, #""since":1e9"#, #""since":"2026-01-01T00:00:00Z""#, #""since":"""#,
    ])
    func aTimeThatTheEngineWouldRefuseIsNamed(member: String) throws {
        let problem = try #require(try self.log(member).problem)
        #expect(problem.contains("must be Unix seconds"))
    }

    @Test(
        arguments: [
            (#""tail":5"#, 5), (#""tail":"5""#, 5), (#""tail":0"#, nil), (#""tail":-1"#, nil), (#""tail":"all""#, nil),
            (#""tail":true"#, nil),
        ] as [(String, Int?)]
    )
    func aTailIsAPositiveNumber(member: String, tail: Int?) throws {
        #expect(try self.log(member).query.tail == tail)
    }

    @Test func aLiveLogIsFollowedUnlessItSaysOtherwise() throws {
        #expect(try self.log(#""stream":true"#).query.follow)
        #expect(try !self.log(#""stream":true,"follow":false"#).query.follow)
        #expect(try !self.log("").query.follow)
        #expect(try self.log(#""follow":true"#).query.follow)
        #expect(try !self.log(#""follow":true"#).isLive)
    }

    @Test func idsAreKeptAsTheyCame() throws {
        #expect(
            try self.decode("delete_request", #""requestId":"","containerId":"../x""#)
                == .delete(AdapterTarget(requestID: "", containerID: "../x"))
        )
        #expect(try self.decode("delete_request", "") == .delete(AdapterTarget(requestID: nil, containerID: "")))
        #expect(
            try self.decode("log_cancel", #""requestId":"l1""#) == .cancelLog(requestID: "l1", containerID: "")
        )
    }

    @Test func aCancelWithoutAnIDIsMalformed() {
        let text = #"{"type":"dd:container_log_cancel","data":{"containerId":"c"}}"#
        guard case .malformed(let malformed) = FrameDecoder.decode(ByteBuffer(string: text)) else {
            Issue.record("it is taken")
            return
        }
        #expect(malformed.reason == "dd:container_log_cancel without a requestId")
    }
}
