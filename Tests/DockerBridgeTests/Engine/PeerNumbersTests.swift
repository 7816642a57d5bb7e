import NIOCore
import Testing

@testable import DockerBridge

/// Numbers that an engine may write, and a client may not expect: none of them may overflow into a trap.
@Suite struct PeerNumbersTests {
    static let numbers = [
        "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615",
        "18446744073709551616", "999999999999999999999999999999", "1e400", "-1e400", "0.5", "2147483648", "4294967296",
    ]

    @Test(arguments: numbers, numbers) func eventsOfAnyTime(_ nanoseconds: String, _ seconds: String) {
        let line =
            #"{"Type":"container","Action":"die","Actor":{"ID":"c","Attributes":{"exitCode":"\#(nanoseconds)"}},"#
            + #""timeNano":\#(nanoseconds),"time":\#(seconds)}"#
        var cursor = EventCursor()
        guard let event = EngineEvent.read(ByteBuffer(string: line)) else { return }
        let isNew = [cursor.take(event), cursor.take(event)]
        #expect(isNew == [true, false])
        _ = cursor.target()
    }

    @Test(arguments: numbers, numbers) func figuresOfAnySize(_ first: String, _ second: String) {
        let document = """
            {"cpu_stats":{"cpu_usage":{"total_usage":\(first)}},"memory_stats":{"usage":\(first),"limit":\(second)},\
            "networks":{"a":{"rx_bytes":\(first),"tx_bytes":\(second)},"b":{"rx_bytes":\(second),"tx_bytes":\(first)}}}
            """
        let stats = ContainerStats(parsing: ByteBuffer(string: document))
        #expect(stats == nil || stats.map { $0.receivedBytes == $0.sentBytes } == true)
    }

    @Test func figuresThatAddUpToTooMuchAreTheLargestNumber() throws {
        let document = #"{"networks":{"a":{"rx_bytes":9223372036854775807},"b":{"rx_bytes":1}}}"#
        #expect(try #require(ContainerStats(parsing: ByteBuffer(string: document))).receivedBytes == .max)
    }

    @Test(arguments: numbers) func headsThatAnnounceAnyLength(_ number: String) {
        for field in ["Content-Length: \(number)", "Date: Tue, 24 Nov \(number) 02:00:00 GMT", "X: \(number)"] {
            var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false)
            machine.received(ByteBuffer(string: "HTTP/1.1 200 OK\r\n\(field)\r\n\r\nxyz"))
            do {
                while case .some(let event) = try machine.next() {
                    guard case .head(let head) = event else { continue }
                    var cursor = EventCursor()
                    cursor.began(head)
                    _ = cursor.target()
                }
            } catch {
                #expect(error.code == .malformedResponse)
            }
            _ = machine.engineClosed()
        }
    }

    @Test(arguments: [
        "0", "ffffffffffffffff", "7fffffffffffffff", "fffffffffffffff", "-1", "+1", "0x1", "00000000000000001",
    ])
    func chunksOfAnySize(_ size: String) {
        var machine = ExchangeStateMachine(isHead: false, expectsUpgrade: false)
        machine.received(ByteBuffer(string: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(size)\r\nxyz"))
        do { while try machine.next() != nil {} } catch { #expect(error.code == .malformedResponse) }
        _ = machine.engineClosed()
    }
}
