/// A head that no engine sends, and that no client may get to see.
package struct OddAnswer: Sendable, CustomStringConvertible {
    package let description: String
    package let text: String

    private init(_ description: String, _ text: String) {
        (self.description, self.text) = (description, text)
    }

    private static let ok = "HTTP/1.1 200 OK\r\n"

    package static let all = [
        OddAnswer("ESC in a value", ok + "X: a\u{1b}[2Jb\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("NUL in a value", ok + "X: a\0b\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("CR in a value", ok + "X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("DEL in a value", ok + "X: a\u{7f}b\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("a space in a name", ok + "X Y: a\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("ESC in the status text", "HTTP/1.1 200 \u{1b}[2J\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("a folded line", ok + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("LF at a line's end", ok + "X: a\nContent-Length: 0\r\n\r\n"),
        OddAnswer("two lengths", ok + "Content-Length: 2\r\nContent-Length: 3\r\n\r\nabc"),
        OddAnswer("a length and chunks", ok + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        OddAnswer("status 600", "HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n"),
        OddAnswer("a switch nobody asked for", "HTTP/1.1 101 x\r\nUpgrade: tcp\r\n\r\nraw"),
        OddAnswer("interim responses without end", String(repeating: "HTTP/1.1 102 x\r\n\r\n", count: 17)),
        OddAnswer(
            "a head without end",
            ok + String(repeating: "X: \(String(repeating: "x", count: 1000))\r\n", count: 70)
        ),
    ]
}
