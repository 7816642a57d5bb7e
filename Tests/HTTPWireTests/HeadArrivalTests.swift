import Testing

@testable import HTTPWire

@Suite struct HeadArrivalTests {
    private static let maximum = 1 << 16

    /// Gives `text` byte by byte.
    ///
    /// - Returns: after how many bytes the head was worth parsing.
    private static func tries(_ text: String, maximum: Int = maximum) -> [Int] {
        var arrival = HeadArrival()
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { all in
            (1...all.count).filter { count in
                arrival.isWorthParsing(UnsafeRawBufferPointer(rebasing: all[..<count]), maximumBytes: maximum)
            }
        }
    }

    @Test func theFirstLineAndTheEndAreTried() {
        #expect(Self.tries("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n") == [17, 31])
        #expect(Self.tries("HTTP/1.1 200 OK\r\n\r\n") == [17, 19])
    }

    @Test func anEndThatIsWrittenWrongIsTriedToo() {
        #expect(Self.tries("SSH-2.0-x\n") == [10])
        #expect(Self.tries("HTTP/1.1 200 OK\r\nA: b\n\n") == [17, 23])
    }

    @Test func aHeadThatArrivesWholeIsTriedAtOnce() {
        let head = Array("HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody".utf8)
        var arrival = HeadArrival()
        #expect(head.withUnsafeBytes { arrival.isWorthParsing($0, maximumBytes: Self.maximum) })
    }

    @Test func oneAtTheBoundIsTried() {
        #expect(Self.tries(String(repeating: "x", count: 64), maximum: 64) == [64])
        let lines = "HTTP/1.1 200 OK\r\n" + String(repeating: "A: b\r\n", count: 40)
        #expect(Self.tries(lines, maximum: 200) == [17] + Array(200...lines.utf8.count))
    }

    /// However many lines a peer sends one by one, they are parsed twice.
    @Test func linesThatTrickleAreTriedTwice() {
        let fields = String(repeating: "Name: value\r\n", count: 200)
        #expect(Self.tries("HTTP/1.1 200 OK\r\n\(fields)\r\n").count == 2)
    }
}
