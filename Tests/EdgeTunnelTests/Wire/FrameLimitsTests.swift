import CAllocations
import DockerBridge
import NIOCore
import Testing

@testable import EdgeTunnel

@Suite struct FrameLimitsTests {
    private static let long = String(repeating: "i", count: FrameLimits.idBytes + 1)

    private static func decode(_ text: String) -> InboundFrame { FrameDecoder.decode(ByteBuffer(string: text)) }

    private static func malformed(_ text: String) -> Malformed? {
        if case .malformed(let malformed) = self.decode(text) { malformed } else { nil }
    }

    @Test(arguments: [
        (#"{"type":"request","data":{"requestId":"ID","method":"GET","path":"/x"}}"#, "requestId"),
        (#"{"type":"request","data":{"requestId":"ID"}}"#, "requestId"),
        (#"{"type":"stream","data":{"requestId":"ID","data":"YQ=="}}"#, "requestId"),
        (#"{"type":"stream_end","data":{"requestId":"ID"}}"#, "requestId"),
        (#"{"type":"exec_start","data":{"execId":"ID","containerId":"c","cmd":["sh"]}}"#, "execId"),
        (#"{"type":"exec_start","data":{"execId":"ID"}}"#, "execId"),
        (#"{"type":"exec_input","data":{"execId":"ID","data":"YQ=="}}"#, "execId"),
        (#"{"type":"exec_resize","data":{"execId":"ID","cols":80,"rows":24}}"#, "execId"),
        (#"{"type":"exec_end","data":{"execId":"ID"}}"#, "execId"),
        (#"{"type":"dd:container_log_request","data":{"requestId":"ID","containerId":"c"}}"#, "requestId"),
        (#"{"type":"dd:container_log_request","data":{"containerId":"ID"}}"#, "containerId"),
        (#"{"type":"dd:container_log_cancel","data":{"requestId":"ID"}}"#, "requestId"),
        (#"{"type":"dd:container_delete_request","data":{"requestId":"ID","containerId":"c"}}"#, "requestId"),
    ])
    func anIDThatIsTooLongIsNotEchoedAndTheControllerIsTold(text: String, name: String) {
        let malformed = Self.malformed(text.replacing("ID", with: Self.long))
        #expect(malformed?.reason == "\(name) is longer than 256 bytes")
        #expect(malformed?.isTold == true)
        #expect(malformed?.requestID == nil)
        #expect(malformed?.execID == nil)
        #expect(Self.malformed(text.replacing("ID", with: String(Self.long.dropLast())))?.isTold != true)
    }

    @Test func anIDThatIsTooLongIsNotEchoedForASkippedMessageEither() {
        let prefix = ByteBuffer(string: #"{"type":"request","data":{"requestId":"\#(Self.long)","body":""#)
        #expect(FrameDecoder.oversized(prefix: prefix, length: 1 << 25).requestID == nil)
        #expect(FrameDecoder.refused(prefix: prefix, length: 1 << 20).requestID == nil)
    }

    @Test func aTimestampThatIsTooLongIsLeftOut() {
        func timestamp(_ text: String) -> String? {
            guard case .ping(let timestamp) = Self.decode(#"{"type":"ping","data":{"timestamp":\#(text)}}"#) else {
                return "no ping"
            }
            return timestamp.map { String(buffer: $0) }
        }
        #expect(timestamp("1700000000123") == "1700000000123")
        #expect(timestamp("\"" + String(repeating: "x", count: 1 << 20) + "\"") == nil)
        #expect(timestamp(String(repeating: "7", count: 65)) == nil)
    }

    @Test(arguments: [
        (#""method":"M","path":"/x""#, "M", 33, "method is longer than 32 bytes"),
        (#""method":"GET","path":"/M""#, "M", 65_536, "path is longer than 65536 bytes"),
    ])
    func aRequestThatIsTooLongIsAnsweredForItsID(members: String, letter: String, count: Int, reason: String) {
        let text = members.replacing(#""\#(letter)""#, with: "\"" + String(repeating: "M", count: count) + "\"")
            .replacing("/M", with: "/" + String(repeating: "M", count: count))
        let malformed = Self.malformed(#"{"type":"request","data":{"requestId":"r",\#(text)}}"#)
        #expect(malformed?.reason == reason)
        #expect(malformed?.requestID == "r")
    }

    @Test func headerValuesHaveALimitTogether() {
        let value = String(repeating: "h", count: 60_000)
        let headers = #""accept":"\#(value)","x-registry-auth":"\#(value)","x-registry-config":"\#(value)""#
        let request = #"{"type":"request","data":{"requestId":"r","method":"GET","path":"/x","headers":{HEADERS}}}"#
        #expect(Self.malformed(request.replacing("HEADERS", with: headers))?.requestID == "r")
        // Of a name that comes twice the last one counts, in both senses.
        let same = Array(repeating: #""accept":"\#(value)""#, count: 10).joined(separator: ",")
        guard case .request(let frame) = Self.decode(request.replacing("HEADERS", with: same)) else {
            Issue.record("not a request")
            return
        }
        #expect(frame.headers.count == 1)
        #expect(frame.heldBytes < 61_000)
    }

    @Test func aCommandThatIsTooLongEndsItsSession() {
        let argument = String(repeating: "a", count: 70_000)
        let start =
            #"{"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":["\#(argument)","\#(argument)"]}}"#
        let malformed = Self.malformed(start)
        #expect(malformed?.reason == "cmd is longer than 131072 bytes")
        #expect(malformed?.execID == "e")
    }

    /// Empty words take no bytes of their own, and words behind the limit are not kept.
    @Test func aCommandOfManyWordsIsNotKept() {
        let start = #"{"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":[WORDS]}}"#
        let words = { (word: String, count: Int) in
            start.replacing("WORDS", with: Array(repeating: "\"\(word)\"", count: count).joined(separator: ","))
        }
        guard case .execStart(let frame) = Self.decode(words("", FrameLimits.commandBytes)) else {
            Issue.record("not an exec_start")
            return
        }
        #expect(frame.spec.command.count == FrameLimits.commandBytes)
        #expect(Self.malformed(words("", FrameLimits.commandBytes + 1))?.reason == "cmd is longer than 131072 bytes")
        let long = ByteBuffer(string: words("a-word-of-more-than-fifteen-bytes", 100_000))
        let before = allocations_of_this_thread()
        guard case .malformed = FrameDecoder.decode(long) else {
            Issue.record("not refused")
            return
        }
        #expect(allocations_of_this_thread() - before < 10_000)
    }

    @Test func whatIsLoggedIsCut() {
        let word = String(repeating: "é", count: 100_000)
        guard case .unknown(let type) = Self.decode(#"{"type":"\#(word)","data":{}}"#),
            case .error(let error) = Self.decode(#"{"type":"error","data":{"code":"\#(word)","message":"\#(word)"}}"#),
            case .welcome(let welcome) = Self.decode(
                #"{"type":"welcome","data":{"config":{"drydockVersion":"\#(word)","serverCompatLevel":"\#(word)"}}}"#
            )
        else {
            Issue.record("decoded otherwise")
            return
        }
        let reason = Self.malformed(#"{"type":"\#(word)"}"#)?.reason
        for text in [type, error.code, error.message, welcome.drydockVersion, welcome.serverCompatLevel, reason] {
            #expect((text?.utf8.count ?? .max) <= FrameLimits.wordBytes + 3)
        }
    }

    @Test func aSmallBodyDoesNotKeepALargeMessage() {
        let junk = String(repeating: "j", count: 1 << 20)
        let text =
            #"{"type":"request","data":{"requestId":"r","method":"POST","path":"/x","junk":"\#(junk)","body":{"a":1}}}"#
        guard case .request(let frame) = Self.decode(text) else {
            Issue.record("not a request")
            return
        }
        #expect(frame.body.map { String(buffer: $0) } == #"{"a":1}"#)
        #expect((frame.body?.storageCapacity ?? .max) < 1024)
    }
}
